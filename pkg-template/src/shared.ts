import type { Callbacks, ConnectOptions, GateSocket, Snapshot } from '../types/index.js'
import { connect, GateSocketError } from './index.js'

export type SharedOptions = ConnectOptions

export interface SharedState extends Snapshot {
  readonly socket: GateSocket | null
}

/**
 * How long a session is kept after its last user has gone, in milliseconds: enough for StrictMode's
 * second mount and a change of route, short enough that nobody pays for a forgotten connection.
 */
const LINGER = 300

const IDLE: SharedState = { status: 'idle', connectionId: null, error: null, socket: null }

/** One session and those who use it. */
interface Entry {
  users: number
  socket: GateSocket | null
  state: SharedState
  listeners: Set<() => void>
  linger: ReturnType<typeof setTimeout> | undefined
}

const entries = new Map<string, Entry>()

/** A component's view of the session for a key, which need not exist. */
export class SharedSocket {
  #key: string
  #url: string | null
  #options: SharedOptions

  constructor(key: string, url: string | null, options: SharedOptions) {
    this.#key = key
    this.#url = url
    this.#options = options
  }

  /** For `useSyncExternalStore`: uses the session while subscribed. */
  subscribe = (listener: () => void): (() => void) => {
    if (this.#url === null) return () => {}
    const entry = this.#acquire(this.#url)
    // A function of our own: React may subscribe the same one for two components.
    const own = () => listener()
    entry.listeners.add(own)
    return () => {
      entry.listeners.delete(own)
      this.#release(entry)
    }
  }

  /** Passes the session's events on to a component's callbacks, whichever it has at that time. */
  listen(callbacks: () => Callbacks): (() => void) | undefined {
    const { socket, error, connectionId } = this.state()
    if (!socket) {
      if (error) report(error, callbacks())
      return
    }
    // Shared and ready already: its connectionid event came before this component.
    if (connectionId !== null) {
      callbacks().onConnectionId?.(connectionId, { connectionId, previous: null, answer: null })
    }
    const offs = [
      socket.on('connectionid', (event) => callbacks().onConnectionId?.(event.connectionId, event)),
      socket.on('message', (message) => callbacks().onMessage?.(message as never)),
      socket.on('status', (status) => callbacks().onStatus?.(status)),
      socket.on('gatewayframe', (frame) => callbacks().onGatewayFrame?.(frame)),
      socket.on('error', (failure) => report(failure, callbacks())),
      socket.on('close', (close) => callbacks().onClose?.(close)),
    ]
    return () => offs.forEach((off) => off())
  }

  state = (): SharedState => entries.get(this.#key)?.state ?? IDLE

  send = async (message: unknown): Promise<void> => {
    if (this.#url === null) {
      throw new GateSocketError('closed', 'There is no connection while the url is null.')
    }
    // A child's effect may send before its parent's effect has subscribed.
    const entry = this.#acquire(this.#url)
    try {
      if (!entry.socket) throw entry.state.error
      await entry.socket.send(message)
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

function open(url: string, options: SharedOptions): Entry {
  const entry: Entry = { users: 0, socket: null, state: IDLE, listeners: new Set(), linger: undefined }
  try {
    const socket = connect(url, options)
    let snapshot = socket.snapshot()
    const update = () => {
      if (snapshot === socket.snapshot()) return
      snapshot = socket.snapshot()
      entry.state = { ...snapshot, socket }
      for (const listener of [...entry.listeners]) listener()
    }
    entry.socket = socket
    entry.state = { ...snapshot, socket }
    socket.on('status', update)
    socket.on('error', update)
  } catch (thrown) {
    // A URL or an option that can't be used: a component shows it, rendering goes on.
    if (!(thrown instanceof GateSocketError)) throw thrown
    entry.state = { status: 'closed', connectionId: null, error: thrown, socket: null }
  }
  return entry
}

/** An error that no callback takes goes to the console, for those who do not show `error`. */
function report(error: GateSocketError, { onError }: Callbacks): void {
  if (onError) onError(error)
  else console.error(error)
}

function remove(key: string, entry: Entry): void {
  clearTimeout(entry.linger)
  if (entries.get(key) === entry) entries.delete(key)
  entry.socket?.close()
}
