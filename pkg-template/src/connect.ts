import type {
  Callbacks,
  CloseDetails,
  ConnectionIdEvent,
  ConnectOptions,
  Events,
  GateSocket,
  GatewayFrame,
  InvalidMessage,
  IterateOptions,
  ListenOptions,
  Match,
  MessageIterator,
  RequestOptions,
  Room,
  SendOptions,
  SessionOptions,
  Snapshot,
  StandardSchema,
  Stats,
  Status,
  TraceEntry,
  Url,
} from '../types/index.js'
import { abortable, aborted } from './abort.js'
import { GateSocketError, toGateSocketError } from './error.js'
import { Emitter } from './events.js'
import { core } from './instance.js'
import { Messages } from './iterate.js'
import { matches } from './match.js'
import { refuseUnknown } from './names.js'
import { Rooms, roomNames } from './rooms.js'
import { Validation } from './schema.js'
import type { GateSocket as Core } from '#core/gatesocket.js'

// The names that compilers give the methods of `using` where the browser has none of its own.
const DISPOSE: typeof Symbol.dispose = (Symbol.dispose ?? Symbol.for('Symbol.dispose')) as typeof Symbol.dispose
const ASYNC_DISPOSE: typeof Symbol.asyncDispose = (Symbol.asyncDispose ??
  Symbol.for('Symbol.asyncDispose')) as typeof Symbol.asyncDispose

/** All options there are: the core knows those that it carries out, and names no others to who misspells one. */
const OPTIONS = Object.keys({
  profile: 0,
  connectTimeout: 0,
  identify: 0,
  reconnect: 0,
  shouldReconnect: 0,
  heartbeat: 0,
  probe: 0,
  rotation: 0,
  whenHidden: 0,
  outbox: 0,
  requestTimeout: 0,
  frameLimit: 0,
  binary: 0,
  ticket: 0,
  protocols: 0,
  rooms: 0,
  trace: 0,
  userTiming: 0,
  schema: 0,
  onConnectionId: 0,
  onMessage: 0,
  onStatus: 0,
  onGatewayFrame: 0,
  onError: 0,
  onClose: 0,
  onInvalid: 0,
} satisfies Record<keyof SessionOptions, 0>)

const EVENTS = Object.keys({
  message: 0,
  connectionid: 0,
  status: 0,
  gatewayframe: 0,
  error: 0,
  close: 0,
  invalid: 0,
  trace: 0,
} satisfies Record<keyof Events, 0>)

/** The facade of one session: turns the core's single callbacks into events for many. */
class Socket implements GateSocket {
  #core: Core
  #rooms: Rooms
  #validation: Validation | null
  #events = new Emitter<Events>()
  #error: GateSocketError | null = null
  #retryAt: number | null = null
  /** Whether a failure has been written to the console since the session was last ready. */
  #logged = false
  /** Whether a message has been refused by the schema. */
  #refused = false
  #snapshot: Snapshot | null = null
  /** What `ready()` returned last, and the connectionId that it came to. */
  #ready: { promise: Promise<string>; isPending: boolean; id: string | null } | null = null

  constructor(url: Url, { callbacks, schema, rest }: SplitOptions) {
    const { send, members, ...names } = roomNames(rest.rooms)
    const tell = (message: unknown) => this.#emit('message', message)
    this.#validation = schema === undefined ? null : new Validation(schema, tell, this.#refuse)
    const take = this.#validation ? (message: unknown) => this.#validation?.take(message) : tell
    try {
      this.#core = new (core())(url, {
        ...rest,
        ...decider(rest),
        ...(rest.rooms && { rooms: names }),
        onConnectionId: (_: string, event: ConnectionIdEvent) => this.#emit('connectionid', event),
        onMessage: take,
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
    const joiner = {
      join: (name: string) => this.#core.join(name).catch(rethrow),
      leave: (name: string) => this.#core.leave(name),
    }
    this.#rooms = new Rooms(this, joiner, { send, members, ...names })
    const { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose, onInvalid } = callbacks
    if (onConnectionId) this.on('connectionid', (event) => onConnectionId(event.connectionId, event))
    if (onMessage) this.on('message', onMessage)
    if (onStatus) this.on('status', onStatus)
    if (onGatewayFrame) this.on('gatewayframe', onGatewayFrame)
    if (onError) this.on('error', onError)
    if (onClose) this.on('close', onClose)
    if (onInvalid) this.on('invalid', onInvalid)
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

  ready(): Promise<string> {
    const last = this.#ready
    if (last?.isPending || (last && this.status === 'ready' && last.id === this.connectionId)) return last.promise
    const ready = { promise: this.#core.ready() as Promise<string>, isPending: true, id: null as string | null }
    const settled = (id: string | null) => Object.assign(ready, { isPending: false, id })
    ready.promise = ready.promise.then(
      (id) => {
        settled(id ?? null)
        return id
      },
      (thrown) => {
        settled(null)
        return rethrow(thrown)
      },
    )
    return (this.#ready = ready).promise
  }

  async send(message: unknown, options?: SendOptions): Promise<void> {
    await this.#core.send(message, options).catch(rethrow)
  }

  async request(message: unknown, given: RequestOptions = {}): Promise<unknown> {
    refuseUnknown(given, ['timeout', 'retry', 'signal'])
    const { signal, ...options } = given ?? {}
    if (signal?.aborted) throw aborted()
    const [work, id] = this.#core.request(message, options)
    const answer = await abortable(signal, work.catch(rethrow), () => id !== undefined && this.#core.abort(id))
    return this.#validation ? this.#validation.answer(answer) : answer
  }

  async join(name: string, options?: { signal?: AbortSignal | undefined }): Promise<Room> {
    refuseUnknown(options, ['signal'])
    return this.#rooms.join(name, options?.signal)
  }

  publish(room: string, data: unknown, options?: SendOptions): Promise<void> {
    return this.#rooms.publish(room, data, options)
  }

  stats(): Stats {
    return this.#core.stats() as Stats
  }

  trace(): TraceEntry[] {
    return this.#core.trace() as TraceEntry[]
  }

  readonly on: GateSocket['on'] = (name: keyof Events, ...rest: unknown[]) => {
    refuseUnknown({ [name]: 0 }, EVENTS, '', 'event')
    if (name === 'trace' && !this.#events.has('trace')) this.#core.followTrace(this.#traced)
    const [match, listener, options] = typeof rest[0] === 'function' ? [null, ...rest] : rest
    const told = listener as (event: unknown) => void
    refuseUnknown(options as ListenOptions | undefined, ['signal'])
    const fitting = (message: unknown) => {
      if (matches(message, match as Match)) told(message)
    }
    return this.#events.on(name, match ? fitting : told, (options as ListenOptions | undefined)?.signal)
  }

  messages(options?: IterateOptions & { match?: Match }): MessageIterator<unknown> {
    return new Messages(this, options)
  }

  [Symbol.asyncIterator](): MessageIterator<unknown> {
    return new Messages(this)
  }

  [DISPOSE](): void {
    this.close()
  }

  async [ASYNC_DISPOSE](): Promise<void> {
    this.close()
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

  /** Entries are made into objects only while somebody listens. */
  #traced = (entry: TraceEntry): void => {
    if (this.#events.has('trace')) this.#emit('trace', entry)
    else this.#core.followTrace()
  }

  /** After the last event of a session its listeners, and their AbortSignals, are let go. */
  #letGoIfClosed(): void {
    if (this.status !== 'closed') return
    queueMicrotask(() => {
      this.#events.clear()
      this.#rooms.clear()
    })
  }

  #refuse = (event: InvalidMessage): void => {
    if (!this.#events.has('invalid') && !this.#refused) {
      console.error('gatesocket: a message does not fit the schema:', event.issues[0]?.message)
    }
    this.#refused = true
    this.#emit('invalid', event)
  }

  #emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    this.#events.emit(name, event)
  }

  #fail(error: GateSocketError): void {
    this.#error = error
    // Nothing fails in silence: somebody listens, or awaits ready(), or the console gets it.
    if (!this.#events.has('error') && !this.#ready?.isPending && !this.#logged) {
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

function rethrow(thrown: unknown): never {
  throw toGateSocketError(thrown)
}

interface SplitOptions {
  callbacks: Callbacks
  schema: StandardSchema | undefined
  rest: ConnectOptions
}

/** The callbacks, what the facade carries out, and the options that the core checks. */
function splitOptions(options: SessionOptions = {}): SplitOptions {
  if (typeof options !== 'object' || Array.isArray(options)) {
    throw new GateSocketError('bad-options', `options must be an object; it is of type ${typeof options}.`)
  }
  refuseUnknown(options, OPTIONS)
  const { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose, onInvalid, schema, ...rest } =
    options ?? {}
  const callbacks = { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose, onInvalid }
  for (const [name, value] of Object.entries(callbacks)) {
    if (value != null && typeof value !== 'function') {
      throw new GateSocketError('bad-options', `${name} must be a function; it is of type ${typeof value}.`)
    }
  }
  return { callbacks, schema, rest }
}

export function connect<In = unknown, Out = unknown>(url: Url, options?: SessionOptions<In>): GateSocket<In, Out> {
  return new Socket(url, splitOptions(options as SessionOptions)) as GateSocket as unknown as GateSocket<In, Out>
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
