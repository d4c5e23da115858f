import type { SessionOptions, Url } from '../types/index.js'
import { otherOptionsThan } from './disagreement.js'
import { entries, Entry, IDLE, type Giver, type Key, type SharedState } from './entry.js'
import { nameOf, textOf } from './live.js'

/** `own` stands for a component that shares with no other. */
export function keyOf(url: Url | null, options: SessionOptions, own: object | null): Key {
  const { profile, protocols, schema, ...others } = options
  // A URL is shared by its text, or by which function it is.
  const address = textOf([typeof url === 'function' ? nameOf(url) : String(url), profile, protocols, own && nameOf(own)])
  return { address, text: address + textOf({ ...others, schema: schema && 'a schema' }) }
}

export function stateOf(key: Key): SharedState {
  const entry = entries.get(key.text)
  return entry && !entry.isOver ? entry.state : IDLE
}

/**
 * Uses the session of a key, which begins with its first user; `release` ends that.
 * While rendering, others are not looked at: an effect is about to end those that go with this render.
 */
export function acquire(key: Key, giver: Giver, isRendering = false): Entry {
  let entry = entries.get(key.text)
  // StrictMode takes all effects back and begins them again: what lingered meanwhile is held to the same rule.
  if (entry && (entry.isOver || (entry.users === 0 && !isRendering && otherOptionsThan(entry, entries)))) {
    entry.remove()
    entry = undefined
  }
  if (!entry) {
    entry = new Entry(key, giver)
    entry.open(isRendering)
  }
  entry.use(giver)
  return entry
}
