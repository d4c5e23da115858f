import type { Callbacks, ConnectionIdEvent, GateSocket, SessionOptions, Snapshot, StandardSchema, Url } from '../types/index.js'
import { openThoseRefusedFor, refuseOthersOptions } from './disagreement.js'
import { __CALLBACKS as CALLBACKS, __passOn as passOn, connect, GateSocketError } from './index.js'
import { live } from './live.js'
import { time } from './time.js'

export interface SharedState extends Snapshot {
  readonly socket: GateSocket | null
}

/** What a component gave for its session. */
export interface Given {
  url: Url | null
  options: SessionOptions
}

export interface Giver {
  readonly given: Given
}

/** What a session is shared by. */
export interface Key {
  /** The URL, and the options that make another conversation of it. */
  address: string
  /** With every other option. */
  text: string
}

/** In milliseconds. */
export const enum Time {
  /**
   * How long a session is kept after its last user has gone: enough for StrictMode's second mount and a change of
   * route, short enough that nobody pays for a forgotten connection.
   */
  Linger = 300,
  /** How long a promise of `ready()` keeps a session that no component uses: one that waits in Suspense has no effects yet. */
  LongestWait = 30_000,
}

/** What a component sees that has no session yet. */
export const IDLE: SharedState = { status: 'idle', connectionId: null, retryAt: null, error: null, socket: null }

/** All sessions, by the texts of their keys. */
export const entries = new Map<string, Entry>()

/** A session and those who use it. */
export class Entry {
  readonly key: Key
  users = 0
  /** Who rendered or began last of those who use it, also when it has gone and nobody is left. */
  latest: Giver
  socket: GateSocket | null = null
  state = IDLE
  /** Why it has no session: another with its address is in use, whose options are others. Told in development. */
  refusal?: GateSocketError
  /** The components that use it, by what each gave at its latest render; the one that rendered or began last is the last. */
  #givers = new Set<Giver>()
  #snapshot: Snapshot | undefined
  /** The event that brought the connectionId, for those who come after it. */
  #identity: ConnectionIdEvent | undefined
  /** For React's `use`. */
  #ready: Promise<string> | undefined
  /** Told when the state has changed. */
  #listeners = new Set<() => void>()
  /** The callbacks of components, whichever they have by then. */
  #callbacks = new Set<() => Callbacks>()
  /** Whether an error has been written to the console since the session was last ready. */
  #isLogged = false
  #linger: ReturnType<typeof setTimeout> | undefined
  /** Where its time comes from: a session that lived in a test's gateway is none for the next test. */
  #time = time()

  constructor(key: Key, giver: Giver) {
    this.key = key
    this.latest = giver
    entries.set(key.text, this)
  }

  /** An ended session that only lingers is no use to a newcomer, and neither is one from a gateway that is gone. */
  get isOver(): boolean {
    return (this.users === 0 && this.state.status === 'closed') || this.#time !== time()
  }

  use(giver: Giver): void {
    clearTimeout(this.#linger)
    if (this.#givers.size === 0) this.latest = giver
    this.users++
  }

  release(): void {
    if (--this.users > 0) return
    this.#linger = setTimeout(() => this.remove(), Time.Linger)
    openThoseRefusedFor(this, entries)
  }

  remove(): void {
    clearTimeout(this.#linger)
    if (entries.get(this.key.text) === this) entries.delete(this.key.text)
    this.socket?.close()
  }

  /** A component rendered, or began to use the session: its functions are called from now on. */
  give(giver: Giver): void {
    this.#givers.delete(giver)
    this.#givers.add(giver)
    this.latest = giver
  }

  /** A component has gone: its functions are called no longer, unless there are no others. */
  takeBack(giver: Giver): void {
    this.#givers.delete(giver)
    this.latest = [...this.#givers].at(-1) ?? this.latest
  }

  /** Calls `listener` when the state has changed. */
  listen(listener: () => void): () => void {
    // A function of our own: React may subscribe the same one for two components.
    const own = () => listener()
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  /** Calls `begin` with the socket, now or when there is one. */
  attach(begin: (socket: GateSocket) => () => void): () => void {
    let end: (() => void) | undefined
    const check = () => {
      if (this.socket) end ??= begin(this.socket)
    }
    const off = this.listen(check)
    check()
    return () => {
      off()
      end?.()
    }
  }

  /** Passes the session's events on to a component's callbacks, whichever it has at that time. */
  passOn(callbacks: () => Callbacks): () => void {
    this.#callbacks.add(callbacks)
    // A session that is shared may be ready or ended already: its events came before this component.
    const { connectionId, error } = this.state
    if (this.#identity && connectionId !== null) callbacks().onConnectionId?.(connectionId, this.#identity)
    if (error) callbacks().onError?.(error)
    const end = this.attach((socket) => passOn(socket, CALLBACKS, callbacks))
    return () => {
      this.#callbacks.delete(callbacks)
      end()
    }
  }

  /** For React's `use`: one promise until the connectionId is known, then never a pending one again. */
  ready(): Promise<string> {
    return (this.#ready ??= handled(this.#wait()))
  }

  #wait(): Promise<string> {
    const { connectionId, error } = this.state
    if (connectionId !== null) return kept(connectionId)
    if (!this.socket) return Promise.reject(error)
    this.users++
    const letGo = () => {
      clearTimeout(timeout)
      if (timeout) this.release()
      timeout = undefined
    }
    let timeout: ReturnType<typeof setTimeout> | undefined = setTimeout(letGo, Time.LongestWait)
    const failed = (error: unknown) => {
      throw this.state.error ?? error
    }
    return this.socket.ready().catch(failed).finally(letGo)
  }

  open(isRendering = false): void {
    try {
      if (!isRendering) refuseOthersOptions(this, entries)
      const socket = (this.socket = this.#connect())
      const update = () => this.#update(socket)
      socket.on('connectionid', (event) => {
        this.#identity = event
        if (this.#ready) this.#ready = kept(event.connectionId)
        // A replaced connection has a new id and the status of the old one.
        update()
      })
      socket.on('status', update)
      socket.on('error', (error) => {
        update()
        this.#log(error)
      })
      update()
    } catch (thrown) {
      // A URL or an option that can't be used: a component shows it, rendering goes on.
      if (!(thrown instanceof GateSocketError)) throw thrown
      this.state = { ...IDLE, status: 'closed', error: thrown }
      // The callbacks of the component that opens it come after this.
      queueMicrotask(() => this.#log(thrown))
    }
  }

  /** A session whose functions are always the latest ones. */
  #connect(): GateSocket {
    const given = () => this.latest.given
    const { schema, ...options } = given().options
    const validate = (value: unknown) => (given().options.schema ?? schema)!['~standard'].validate(value)
    // What is none is refused as such.
    const isSchema = typeof schema?.['~standard']?.validate === 'function'
    return connect(live(given().url as Url, () => given().url), {
      ...live(options, () => given().options),
      ...(schema !== undefined && { schema: { '~standard': { validate: isSchema && validate } } as StandardSchema }),
    })
  }

  #update(socket: GateSocket): void {
    const snapshot = socket.snapshot()
    if (snapshot.status === 'ready') this.#isLogged = false
    if (snapshot === this.#snapshot) return
    this.#snapshot = snapshot
    this.state = { ...snapshot, socket }
    for (const listener of [...this.#listeners]) listener()
  }

  /** An error that no callback takes goes to the console, for those who do not show `error`. */
  #log(error: GateSocketError): void {
    const isTaken = [...this.#callbacks].some((callbacks) => callbacks().onError)
    if (!isTaken && !this.#isLogged) console.error(error)
    this.#isLogged = true
  }
}

/** A promise that React's `use` reads without suspending. */
function kept(connectionId: string): Promise<string> {
  return Object.assign(Promise.resolve(connectionId), { status: 'fulfilled', value: connectionId })
}

/** Whose failure is known elsewhere too, so that nobody need look at it. */
export function handled<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  return promise
}
