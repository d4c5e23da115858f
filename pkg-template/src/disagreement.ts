// What is told in development is within conditions that a production build finds to be false, and leaves out with all
// its texts.
import type { Entry } from './entry.js'
import { GateSocketError } from './index.js'
import { textOf } from './live.js'

declare const process: { env: { NODE_ENV?: string } }

/** In development, components that share an address must not have different options. */
export function refuseOthersOptions(entry: Entry, entries: Map<string, Entry>): void {
  try {
    if (process.env.NODE_ENV !== 'production') {
      delete entry.refusal
      const other = otherOptionsThan(entry, entries)
      if (other) throw (entry.refusal = refusalOf(entry, other))
    }
  } catch (thrown) {
    // Anything else: no bundler, and no Node.
    if (thrown instanceof GateSocketError) throw thrown
  }
}

/** In development, what another was refused for may have gone. */
export function openThoseRefusedFor(entry: Entry, entries: Map<string, Entry>): void {
  try {
    if (process.env.NODE_ENV !== 'production') {
      for (const other of entries.values()) {
        if (other.refusal && other.key.address === entry.key.address) other.open()
      }
    }
  } catch {}
}

/** In development, a session in use with this one's address and other options. */
export function otherOptionsThan(entry: Entry, entries: Map<string, Entry>): Entry | undefined {
  try {
    if (process.env.NODE_ENV !== 'production') {
      return [...entries.values()].find(
        (other) => other.key.address === entry.key.address && other !== entry && other.users > 0 && !other.refusal,
      )
    }
  } catch {}
  return undefined
}

function refusalOf(...both: [Entry, Entry]): GateSocketError {
  const [mine, theirs] = both.map(({ latest }) => latest.given.options as { [name: string]: unknown })
  const names = Object.keys({ ...mine, ...theirs }).filter((name) => textOf(mine![name]) !== textOf(theirs![name]))
  return new GateSocketError(
    'bad-options',
    `Components with the same URL share one session, and give it different options: ${names.join(', ')}. Give ` +
      'the same everywhere, or once to a GateSocketProvider, or share: false to the one that wants a session of its ' +
      'own. (Told in development; in production each gets a session with its options.)',
  )
}
