import type { Callbacks, GateSocket, RequestOptions, RoomSendOptions, SendOptions, Sent } from '../types/index.js'
import { __CALLBACKS as CALLBACKS, __passOn as passOn, GateSocketError } from './index.js'
import {
  acquire,
  give,
  kept,
  release,
  stateOf,
  takeBack,
  type Entry,
  type Given,
  type Key,
  type SharedState,
} from './registry.js'

/**
 * How long a promise of `ready()` keeps a session that no component uses, in milliseconds: one that waits for
 * it in Suspense has no effects yet.
 */
const LONGEST_WAIT = 30_000

/** A component's view of the session for a key, which need not exist. */
export class SharedSocket {
  /** What the component gave at its latest render. */
  given: Given
  /** The same for the same session. */
  readonly name: string
  #key: Key
  /** The session, while the component is mounted. */
  #entry: Entry | null = null
  #uses = 0
  #left = false

  constructor(key: Key, given: Given) {
    this.name = key.text
    this.#key = key
    this.given = given
  }

  /** Told what the component gave when it has rendered. */
  rendered(given: Given): void {
    this.given = given
    if (this.#entry) give(this.#entry, this)
  }

  /** For `useSyncExternalStore`: uses the session while subscribed. */
  subscribe = (listener: () => void): (() => void) => this.#use((entry) => listenTo(entry, listener))

  state = (): SharedState => stateOf(this.#key)

  /** Uses the session, and calls `begin` with its socket as soon as there is one. */
  attach(begin: (socket: GateSocket) => () => void): () => void {
    return this.#use((entry) => follow(entry, begin))
  }

  /** Passes the session's events on to a component's callbacks, whichever it has at that time. */
  listen(callbacks: () => Callbacks): () => void {
    return this.#use((entry) => {
      entry.callbacks.add(callbacks)
      // A session that is shared may be ready or ended already: its events came before this component.
      const { identity, state } = entry
      if (identity && state.connectionId !== null) callbacks().onConnectionId?.(state.connectionId, identity)
      if (state.error) callbacks().onError?.(state.error)
      const end = follow(entry, (socket) => passOn(socket, CALLBACKS, callbacks))
      return () => {
        entry.callbacks.delete(callbacks)
        end()
      }
    })
  }

  send = (message: unknown, options?: SendOptions): Promise<void> =>
    this.#call((socket) => socket.send(message, options))

  request = (message: unknown, options?: RequestOptions): Promise<unknown> =>
    this.#call((socket) => socket.request(message, options))

  publish = (room: string, data: unknown, options?: RoomSendOptions): Promise<Sent | undefined> =>
    this.#call((socket) => socket.publish(room, data, options))

  /** For React's `use`: one promise until the connectionId is known, then never a pending one again. */
  ready = (): Promise<string> => {
    if (typeof window === 'undefined') return (onServer ??= handled(Promise.reject(noServer())))
    if (this.given.url === null) return never
    const entry = acquire(this.#key, this, true)
    entry.ready ??= handled(readyOf(entry))
    release(entry)
    return entry.ready
  }

  async #call<Result>(call: (socket: GateSocket) => Promise<Result>): Promise<Result> {
    if (this.given.url === null) {
      throw new GateSocketError('closed', 'There is no connection while the url is null.')
    }
    if (this.#left) {
      throw new GateSocketError('closed', 'The component was unmounted, or has another URL now.')
    }
    // A child's effect may send before its parent's effect has subscribed.
    const entry = acquire(this.#key, this)
    try {
      if (!entry.socket) throw entry.state.error
      return await call(entry.socket)
    } finally {
      release(entry)
    }
  }

  #use(begin: (entry: Entry) => () => void): () => void {
    if (this.given.url === null) return () => {}
    const entry = acquire(this.#key, this)
    this.#uses++
    this.#left = false
    if (this.#entry !== entry) give((this.#entry = entry), this)
    const end = begin(entry)
    return () => {
      end()
      this.#left = --this.#uses === 0
      if (this.#left) {
        takeBack(entry, this)
        this.#entry = null
      }
      release(entry)
    }
  }
}

function listenTo(entry: Entry, listener: () => void): () => void {
  // A function of our own: React may subscribe the same one for two components.
  const own = () => listener()
  entry.listeners.add(own)
  return () => entry.listeners.delete(own)
}

/** Calls `begin` with the entry's socket, now or when it has one. */
function follow(entry: Entry, begin: (socket: GateSocket) => () => void): () => void {
  let end: (() => void) | undefined
  const check = () => {
    if (entry.socket && !end) end = begin(entry.socket)
  }
  const off = listenTo(entry, check)
  check()
  return () => {
    off()
    end?.()
  }
}

/** Whose failure is known elsewhere too, so that nobody need look at it. */
export function handled<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  return promise
}

const never = new Promise<never>(() => {})
let onServer: Promise<never> | undefined

function noServer(): GateSocketError {
  return new GateSocketError(
    'unsupported',
    'A server has no connection to wait for. Put the component that waits into <Suspense>: the browser renders it.',
  )
}

function readyOf(entry: Entry): Promise<string> {
  const { socket, state } = entry
  if (state.connectionId !== null) return kept(state.connectionId)
  if (!socket) return Promise.reject(state.error)
  entry.users++
  let isHeld = true
  const letGo = () => {
    clearTimeout(timeout)
    if (isHeld) release(entry)
    isHeld = false
  }
  const timeout = setTimeout(letGo, LONGEST_WAIT)
  return socket.ready().then(
    (connectionId) => {
      letGo()
      return connectionId
    },
    (error) => {
      letGo()
      throw entry.state.error ?? error
    },
  )
}
