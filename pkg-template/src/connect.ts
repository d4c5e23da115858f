import type {
  Callbacks,
  CloseDetails,
  ConnectionIdEvent,
  ConnectOptions,
  Events,
  GateSocket,
  GatewayFrame,
  RequestOptions,
  Room,
  SendOptions,
  Snapshot,
  Stats,
  Status,
  Url,
} from '../types/index.js'
import { GateSocketError, toGateSocketError } from './error.js'
import { Emitter } from './events.js'
import { core } from './instance.js'
import type { GateSocket as Core } from './wasm/gatesocket.js'

/** The facade of one session: turns the core's single callbacks into events for many. */
class Socket implements GateSocket {
  #core: Core
  #events = new Emitter()
  #error: GateSocketError | null = null
  #retryAt: number | null = null
  /** Whether a failure has been written to the console since the session was last ready. */
  #logged = false
  #snapshot: Snapshot | null = null
  /** How many calls of `ready()` wait, each of which will be told of a failure. */
  #awaiting = 0

  constructor(url: Url, { callbacks, rest }: SplitOptions) {
    try {
      this.#core = new (core())(url, {
        ...rest,
        ...decider(rest),
        onConnectionId: (_: string, event: ConnectionIdEvent) => this.#emit('connectionid', event),
        onMessage: (message: unknown) => this.#emit('message', message),
        onStatus: (status: Status) => {
          // The first one is told while this constructor runs, when nobody can listen yet.
          if (this.#core) this.#changed(status)
        },
        onGatewayFrame: (frame: GatewayFrame) => this.#emit('gatewayframe', frame),
        onError: (thrown: unknown) => this.#fail(toGateSocketError(thrown) as GateSocketError),
        onClose: (close: CloseDetails) => {
          this.#emit('close', close)
          this.#letGoIfClosed()
        },
      })
    } catch (thrown) {
      throw toGateSocketError(thrown)
    }
    const { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose } = callbacks
    if (onConnectionId) this.on('connectionid', (event) => onConnectionId(event.connectionId, event))
    if (onMessage) this.on('message', onMessage)
    if (onStatus) this.on('status', onStatus)
    if (onGatewayFrame) this.on('gatewayframe', onGatewayFrame)
    if (onError) this.on('error', onError)
    if (onClose) this.on('close', onClose)
  }

  get status(): Status {
    return this.#core.status as Status
  }

  get connectionId(): string | null {
    return this.#core.connectionId ?? null
  }

  get protocol(): string {
    return this.#core.protocol
  }

  get retryAt(): number | null {
    return this.#retryAt
  }

  snapshot(): Snapshot {
    const { status, connectionId, retryAt } = this
    const next: Snapshot = { status, connectionId, retryAt, error: this.#error }
    const last = this.#snapshot
    const same = last && (Object.keys(next) as (keyof Snapshot)[]).every((key) => last[key] === next[key])
    return same ? last : (this.#snapshot = Object.freeze(next))
  }

  async ready(): Promise<string> {
    this.#awaiting++
    try {
      return (await this.#core.ready().catch(rethrow)) as string
    } finally {
      this.#awaiting--
    }
  }

  async send(message: unknown, options?: SendOptions): Promise<void> {
    await this.#core.send(message, options).catch(rethrow)
  }

  async request(message: unknown, { signal, ...options }: RequestOptions = {}): Promise<unknown> {
    if (signal?.aborted) throw aborted()
    const [answer, id] = this.#core.request(message, options)
    const abort = () => id !== undefined && this.#core.abort(id)
    signal?.addEventListener('abort', abort)
    try {
      return await (answer as Promise<unknown>).catch(rethrow)
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  async join(name: string): Promise<Room> {
    if (typeof name !== 'string' || name === '') {
      throw new GateSocketError('bad-options', `A room's name must be a string with text; it is of type ${typeof name}.`)
    }
    const answer = await this.#core.join(name).catch(rethrow)
    return { name, answer, leave: () => this.#core.leave(name) }
  }

  stats(): Stats {
    return this.#core.stats() as Stats
  }

  on<Name extends keyof Events>(
    name: Name,
    listener: (event: Events[Name]) => void,
    options?: { signal?: AbortSignal | undefined },
  ): () => void {
    return this.#events.on(name, listener, options?.signal)
  }

  close(code?: number, reason?: string): void {
    try {
      this.#core.close(code, reason)
    } catch (thrown) {
      throw toGateSocketError(thrown)
    }
  }

  #changed(status: Status): void {
    const { retryIn } = this.#core
    this.#retryAt = retryIn === undefined ? null : Date.now() + retryIn
    if (status === 'ready') {
      this.#error = null
      this.#logged = false
    }
    this.#emit('status', status)
    this.#letGoIfClosed()
  }

  /** After the last event of a session its listeners, and their AbortSignals, are let go. */
  #letGoIfClosed(): void {
    if (this.status === 'closed') queueMicrotask(() => this.#events.clear())
  }

  #emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    this.#events.emit(name, event)
  }

  #fail(error: GateSocketError): void {
    this.#error = error
    // Nothing fails in silence: somebody listens, or awaits ready(), or the console gets it.
    if (!this.#events.has('error') && this.#awaiting === 0 && !this.#logged) {
      this.#logged = true
      console.error(error)
    }
    this.#emit('error', error)
  }
}

/** `shouldReconnect` with errors of our class. What is no function is refused by the core. */
function decider({ shouldReconnect: decide }: ConnectOptions): ConnectOptions {
  if (typeof decide !== 'function') return {}
  return { shouldReconnect: (close, error) => decide(close, toGateSocketError(error) as GateSocketError) }
}

function aborted(): GateSocketError {
  return new GateSocketError('aborted', 'The call was aborted by its signal.')
}

function rethrow(thrown: unknown): never {
  throw toGateSocketError(thrown)
}

interface SplitOptions {
  callbacks: Callbacks
  rest: object
}

/** The callbacks, and the options that the core checks. */
export function splitOptions(options: ConnectOptions & Callbacks = {}): SplitOptions {
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new GateSocketError('bad-options', `options must be an object; it is of type ${typeof options}.`)
  }
  const { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose, ...rest } = options ?? {}
  const callbacks = { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose }
  for (const [name, value] of Object.entries(callbacks)) {
    if (value != null && typeof value !== 'function') {
      throw new GateSocketError('bad-options', `${name} must be a function; it is of type ${typeof value}.`)
    }
  }
  return { callbacks, rest }
}

export function connect<In = unknown, Out = unknown>(
  url: Url,
  options?: ConnectOptions & Callbacks<In>,
): GateSocket<In, Out> {
  return new Socket(url, splitOptions(options as ConnectOptions & Callbacks)) as GateSocket<unknown, unknown> as GateSocket<In, Out>
}

export async function getConnectionId(url: Url, options?: ConnectOptions): Promise<string> {
  // One attempt, unless the options ask for more: who waits for an id wants to hear of a failure.
  splitOptions(options) // Refuses what is no object, which would be lost when it is spread.
  const socket = connect(url, { reconnect: false, ...options })
  try {
    return (await socket.ready()) as string
  } finally {
    socket.close()
  }
}
