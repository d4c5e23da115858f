import type {
  Callbacks,
  CloseDetails,
  ConnectOptions,
  Events,
  GateSocket,
  GatewayFrame,
  Snapshot,
  Status,
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
  #snapshot: Snapshot | null = null
  /** How many calls of `ready()` wait, each of which will be told of a failure. */
  #awaiting = 0

  constructor(url: string | URL, { callbacks, rest }: SplitOptions) {
    try {
      this.#core = new (core())(url, {
        ...rest,
        onConnectionId: (connectionId: string, more: { answer: unknown }) => {
          this.#emit('connectionid', { connectionId, previous: null, answer: more.answer })
        },
        onMessage: (message: unknown) => this.#emit('message', message),
        onStatus: (status: Status) => {
          // The first one is told while this constructor runs, when nobody can listen yet.
          if (status !== 'connecting') this.#emit('status', status)
        },
        onGatewayFrame: (frame: GatewayFrame) => this.#emit('gatewayframe', frame),
        onError: (thrown: unknown) => this.#fail(toGateSocketError(thrown) as GateSocketError),
        onClose: (close: CloseDetails) => {
          this.#emit('close', close)
          // The last event of a session: its listeners, and their AbortSignals, are let go.
          this.#events.clear()
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

  snapshot(): Snapshot {
    const { status, connectionId } = this
    const error = this.#error
    const last = this.#snapshot
    if (last?.status === status && last.connectionId === connectionId && last.error === error) {
      return last
    }
    return (this.#snapshot = Object.freeze({ status, connectionId, error }))
  }

  async ready(): Promise<string> {
    this.#awaiting++
    try {
      return (await this.#core.ready().catch(rethrow)) as string
    } finally {
      this.#awaiting--
    }
  }

  async send(message: unknown): Promise<void> {
    await this.#core.send(message).catch(rethrow)
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

  #emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    this.#events.emit(name, event)
  }

  #fail(error: GateSocketError): void {
    this.#error = error
    // Nothing fails in silence: somebody listens, or awaits ready(), or the console gets it.
    if (!this.#events.has('error') && this.#awaiting === 0) console.error(error)
    this.#emit('error', error)
  }
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
  url: string | URL,
  options?: ConnectOptions & Callbacks<In>,
): GateSocket<In, Out> {
  return new Socket(url, splitOptions(options as ConnectOptions & Callbacks)) as GateSocket<unknown, unknown> as GateSocket<In, Out>
}

export async function getConnectionId(url: string | URL, options?: ConnectOptions): Promise<string> {
  const socket = connect(url, options)
  try {
    return await socket.ready()
  } finally {
    socket.close()
  }
}
