import type { Callbacks, GateSocket } from '../types/index.js'
import { handled, type Entry, type Given, type Key, type SharedState } from './entry.js'
import { GateSocketError } from './index.js'
import { acquire, stateOf } from './registry.js'

/** A component's view of the session for a key, which need not exist. */
export class SharedSocket {
  /** What the component gave at its latest render. */
  given: Given
  /** The same text for the same session. */
  readonly key: Key
  /** The session, while the component is mounted. */
  #entry: Entry | null = null
  #uses = 0
  #left = false

  constructor(key: Key, given: Given) {
    this.key = key
    this.given = given
  }

  /** Told what the component gave when it has rendered. */
  rendered(given: Given): void {
    this.given = given
    this.#entry?.give(this)
  }

  /** For `useSyncExternalStore`: uses the session while subscribed. */
  subscribe = (listener: () => void): (() => void) => this.#use((entry) => entry.listen(listener))

  state = (): SharedState => stateOf(this.key)

  /** Uses the session, and calls `begin` with its socket as soon as there is one. */
  attach(begin: (socket: GateSocket) => () => void): () => void {
    return this.#use((entry) => entry.attach(begin))
  }

  /** Passes the session's events on to a component's callbacks, whichever it has at that time. */
  passOn(callbacks: () => Callbacks): () => void {
    return this.#use((entry) => entry.passOn(callbacks))
  }

  send = this.#caller('send')
  request = this.#caller('request')
  publish = this.#caller('publish')

  ready = (): Promise<string> => {
    if (typeof window === 'undefined') {
      // Always the same one, which React's `use` waits for.
      return (onServer ??= handled(
        Promise.reject(
          new GateSocketError(
            'unsupported',
            'A server has no connection to wait for. Put the component that waits into <Suspense>: the browser renders it.',
          ),
        ),
      ))
    }
    if (this.given.url === null) return never
    const entry = acquire(this.key, this, true)
    const ready = entry.ready()
    entry.release()
    return ready
  }

  #caller<Name extends 'send' | 'request' | 'publish'>(name: Name): GateSocket[Name] {
    return (async (...given: unknown[]) => {
      if (this.given.url === null) {
        throw new GateSocketError('closed', 'There is no connection while the url is null.')
      }
      if (this.#left) {
        throw new GateSocketError('closed', 'The component was unmounted, or has another URL now.')
      }
      // A child's effect may send before its parent's effect has subscribed.
      const entry = acquire(this.key, this)
      try {
        if (!entry.socket) throw entry.state.error
        return await (entry.socket[name] as (...given: unknown[]) => Promise<unknown>)(...given)
      } finally {
        entry.release()
      }
    }) as GateSocket[Name]
  }

  #use(begin: (entry: Entry) => () => void): () => void {
    if (this.given.url === null) return () => {}
    const entry = acquire(this.key, this)
    this.#uses++
    this.#left = false
    if (this.#entry !== entry) (this.#entry = entry).give(this)
    const end = begin(entry)
    return () => {
      end()
      this.#left = --this.#uses === 0
      if (this.#left) {
        entry.takeBack(this)
        this.#entry = null
      }
      entry.release()
    }
  }
}

const never = new Promise<never>(() => {})
let onServer: Promise<never> | undefined
