import type {
  Callbacks,
  ConnectionIdEvent,
  ConnectOptions,
  GateSocket,
  RequestOptions,
  SendOptions,
  Snapshot,
} from '../types/index.js'
import { connect, GateSocketError } from './index.js'

export interface SharedState extends Snapshot {
  readonly socket: GateSocket | null
}

/**
 * How long a session is kept after its last user has gone, in milliseconds: enough for StrictMode's
 * second mount and a change of route, short enough that nobody pays for a forgotten connection.
 */
const LINGER = 300

/** What a component sees that has no session yet. */
export const IDLE: SharedState = { status: 'idle', connectionId: null, retryAt: null, error: null, socket: null }

/** One session and those who use it. */
interface Entry {
  users: number
  socket: GateSocket | null
  state: SharedState
  /** The event that brought the connectionId, for those who come after it. */
  identity: ConnectionIdEvent | null
  /** Whether an error has been written to the console since the session was last ready. */
  logged: boolean
  listeners: Set<() => void>
  linger: ReturnType<typeof setTimeout> | undefined
}

const entries = new Map<string, Entry>()

/**
 * What a session is shared by: the URL and every option, whatever the order in which they are
 * written. Also for options that are no JSON, which the core will refuse by name.
 */
export function sharedKey(url: string | null, options: object): string {
  const plain = (_: string, value: unknown): unknown => {
    if (value === null || Array.isArray(value)) return value
    if (typeof value === 'object') return Object.fromEntries(Object.entries(value).sort())
    if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return value
    return value === undefined ? undefined : `${typeof value} ${String(value)}`
  }
  try {
    return JSON.stringify([url, options], plain)
  } catch {
    return `${url} with options that can't be read`
  }
}

/** A component's view of the session for a key, which need not exist. */
export class SharedSocket {
  #key: string
  #url: string | null
  #options: ConnectOptions
  #subscribed = 0
  #left = false

  constructor(key: string, url: string | null, options: ConnectOptions) {
    this.#key = key
    this.#url = url
    this.#options = options
  }

  /** For `useSyncExternalStore`: uses the session while subscribed. */
  subscribe = (listener: () => void): (() => void) => {
    if (this.#url === null) return () => {}
    const entry = this.#acquire(this.#url)
    this.#subscribed++
    this.#left = false
    // A function of our own: React may subscribe the same one for two components.
    const own = () => listener()
    entry.listeners.add(own)
    return () => {
      entry.listeners.delete(own)
      this.#subscribed--
      this.#left = this.#subscribed === 0
      this.#release(entry)
    }
  }

  /** Passes the session's events on to a component's callbacks, whichever it has at that time. */
  listen(callbacks: () => Callbacks): (() => void) | undefined {
    const entry = entries.get(this.#key)
    if (!entry) return
    // A session that is shared may be ready or ended already: its events came before this component.
    const { socket, identity, state } = entry
    if (identity && state.connectionId !== null) callbacks().onConnectionId?.(state.connectionId, identity)
    if (state.error) report(state.error, callbacks(), entry)
    if (!socket) return
    const offs = [
      socket.on('connectionid', (event) => callbacks().onConnectionId?.(event.connectionId, event)),
      socket.on('message', (message) => callbacks().onMessage?.(message as never)),
      socket.on('status', (status) => callbacks().onStatus?.(status)),
      socket.on('gatewayframe', (frame) => callbacks().onGatewayFrame?.(frame)),
      socket.on('error', (failure) => report(failure, callbacks(), entry)),
      socket.on('close', (close) => callbacks().onClose?.(close)),
    ]
    return () => offs.forEach((off) => off())
  }

  state = (): SharedState => entries.get(this.#key)?.state ?? IDLE

  send = (message: unknown, options?: SendOptions): Promise<void> =>
    this.#use((socket) => socket.send(message, options))

  request = (message: unknown, options?: RequestOptions): Promise<unknown> =>
    this.#use((socket) => socket.request(message, options))

  async #use<Result>(call: (socket: GateSocket) => Promise<Result>): Promise<Result> {
    if (this.#url === null) {
      throw new GateSocketError('closed', 'There is no connection while the url is null.')
    }
    if (this.#left) {
      throw new GateSocketError('closed', 'The component was unmounted, or has another URL now.')
    }
    // A child's effect may send before its parent's effect has subscribed.
    const entry = this.#acquire(this.#url)
    try {
      if (!entry.socket) throw entry.state.error
      return await call(entry.socket)
    } finally {
      this.#release(entry)
    }
  }

  #acquire(url: string): Entry {
    let entry = entries.get(this.#key)
    if (entry && entry.users === 0 && entry.state.status === 'closed') {
      // An ended session that only lingers is no use to a newcomer.
      remove(this.#key, entry)
      entry = undefined
    }
    if (!entry) {
      entry = open(url, this.#options)
      entries.set(this.#key, entry)
    }
    clearTimeout(entry.linger)
    entry.users++
    return entry
  }

  #release(entry: Entry): void {
    entry.users--
    if (entry.users === 0) entry.linger = setTimeout(() => remove(this.#key, entry), LINGER)
  }
}

function open(url: string, options: ConnectOptions): Entry {
  const entry: Entry = {
    users: 0,
    socket: null,
    state: IDLE,
    identity: null,
    logged: false,
    listeners: new Set(),
    linger: undefined,
  }
  try {
    const socket = connect(url, options)
    let snapshot = socket.snapshot()
    const update = () => {
      if (snapshot === socket.snapshot()) return
      snapshot = socket.snapshot()
      if (snapshot.status === 'ready') entry.logged = false
      entry.state = { ...snapshot, socket }
      for (const listener of [...entry.listeners]) listener()
    }
    entry.socket = socket
    entry.state = { ...snapshot, socket }
    socket.on('connectionid', (event) => {
      entry.identity = event
      // A replaced connection has a new id and the status of the old one.
      update()
    })
    socket.on('status', update)
    socket.on('error', update)
  } catch (thrown) {
    // A URL or an option that can't be used: a component shows it, rendering goes on.
    if (!(thrown instanceof GateSocketError)) throw thrown
    entry.state = { status: 'closed', connectionId: null, retryAt: null, error: thrown, socket: null }
  }
  return entry
}

/** An error that no callback takes goes to the console, for those who do not show `error`. */
function report(error: GateSocketError, { onError }: Callbacks, entry: Entry): void {
  if (onError) return onError(error)
  if (!entry.logged) console.error(error)
  entry.logged = true
}

function remove(key: string, entry: Entry): void {
  clearTimeout(entry.linger)
  if (entries.get(key) === entry) entries.delete(key)
  entry.socket?.close()
}
