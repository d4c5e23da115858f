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
  JoinOptions,
  ListenOptions,
  Match,
  MessageIterator,
  RequestOptions,
  Room,
  RoomSendOptions,
  SendOptions,
  Sent,
  SessionOptions,
  Snapshot,
  StandardSchema,
  Stats,
  Status,
  TraceEntry,
  Url,
} from '../types/index.js'
import { abortable, aborted } from './abort.js'
import { Addresses } from './address.js'
import { CALLBACKS, passOn } from './callbacks.js'
import { Ask, Read, Tell } from './calls.js'
import { crashed } from './crashed.js'
import { badOptions, type GateSocketError } from './error.js'
import { Emitter } from './events.js'
import { instance, type Instance } from './instance.js'
import { Messages } from './iterate.js'
import { matches } from './match.js'
import { refuseUnknown } from './names.js'
import { checkClose, readJoinOptions, readOptions, readRequestOptions, readSendOptions, settingsOf, type CheckedOptions } from './options.js'
import { NAMES, Rooms } from './rooms.js'
import { Validation } from './schema.js'
import { sentence } from './sentences.js'
import { statsOf } from './stats.js'
import type { Core } from '#core/gatesocket.js'

/** In the order of `Status` in `src/core/status.rs`. */
const STATUSES: Status[] = ['idle', 'connecting', 'identifying', 'ready', 'waiting', 'offline', 'closed']

const EVENTS = /* @__PURE__ */ Object.keys({
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
  #instance: Instance
  #running: Core
  #addresses: Addresses
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

  declare readonly [Symbol.dispose]: () => void
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  constructor(url: Url, options: CheckedOptions) {
    // Not methods of the class, whose computed names would keep all of it in a bundle that uses nothing of it. Compilers
    // give those of `using` these names where the browser has none of its own.
    Object.assign(this, {
      [Symbol.dispose ?? Symbol.for('Symbol.dispose')]: () => this.close(),
      [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: async () => this.close(),
    })
    const tell = (message: unknown, raw = message) => {
      this.#emit('message', message)
      this.#rooms.take(raw, [message])
    }
    const { schema, shouldReconnect, identify } = options
    const { onLink } = options as Pick<ConnectOptions, 'onLink'>
    this.#validation = schema === undefined ? null : new Validation(schema as StandardSchema, tell, this.#refuse)
    const names = { ...NAMES, ...options.rooms }
    // First of all: React Native, which has no WebAssembly, has no whole URL either.
    this.#instance = instance()
    const addresses = (this.#addresses = new Addresses(url, options.ticket, () => this.#core))
    this.#running = new this.#instance.Core(
      // In the order of `Index` in `src/browser/facade.rs`.
      [
        (message: unknown) => (this.#validation ? this.#validation.take(message) : tell(message)),
        (status: number) => {
          // The first one is told while this constructor runs, when nobody can listen yet.
          if (this.#running) this.#changed(STATUSES[status]!)
        },
        (event: ConnectionIdEvent) => this.#emit('connectionid', event),
        (frame: GatewayFrame) => this.#emit('gatewayframe', frame),
        (error: GateSocketError) => this.#fail(error),
        (close: CloseDetails) => {
          this.#emit('close', close)
          this.#letGoIfClosed()
        },
        (close: CloseDetails, error: GateSocketError) => !shouldReconnect!(close, error),
        addresses.open,
        addresses.giveUp,
        this.#traced,
        (socket: WebSocket) => onLink?.(socket),
        (room: string, answer: unknown) => this.#rooms.answered(room, answer),
      ],
      settingsOf(options),
      [identify?.action ?? 'GET_CONNECTION_ID', names.join, names.leave, names.field],
      options.protocols,
    )
    this.#instance.affected.add(this.#crashed)
    const core = {
      join: (name: string) => this.#promised(Ask.Join, name),
      leave: (name: string) => this.#tell(Tell.Leave, 0, name),
      request: (message: object) => this.#promised(Ask.Request, message),
      check: (message: unknown) => (this.#validation ? this.#validation.inner(message) : ([message] as const)),
      fail: (error: GateSocketError) => this.#fail(error),
    }
    this.#rooms = new Rooms(this, core, names)
    const callbacks = options as Callbacks
    passOn(this, CALLBACKS.filter((name) => callbacks[name]), () => callbacks)
  }

  /** The core's side of this session. */
  get #core(): Core {
    const { crash } = this.#instance
    return crash ? crashed(crash, STATUSES.indexOf('closed')) : this.#running
  }

  get status(): Status {
    return STATUSES[this.#core.read(Read.Status)]!
  }

  get connectionId(): string | null {
    return (this.#core.read(Read.ConnectionId) as string | undefined) ?? null
  }

  get protocol(): string {
    return (this.#core.read(Read.Protocol) as string | undefined) ?? ''
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
    const promise = this.#promised<string>(Ask.Ready)
    const ready = { promise, isPending: true, id: null as string | null }
    const settled = (id: string | null) => Object.assign(ready, { isPending: false, id })
    promise.then((id) => settled(id ?? null), () => settled(null))
    return (this.#ready = ready).promise
  }

  async send(message: unknown, options?: SendOptions): Promise<void> {
    const { retry = false, raw = false } = readSendOptions(options)
    if (raw && typeof message !== 'string') throw badOptions(sentence('raw'))
    await this.#promised(raw ? Ask.SendRaw : Ask.Send, message, 0, retry)
  }

  async request(message: unknown, options?: RequestOptions): Promise<unknown> {
    const { timeout = 0, retry = false, signal } = readRequestOptions(options)
    if (signal?.aborted) throw aborted()
    let id = -1
    const work = this.#promised(Ask.Request, message, timeout, retry, (number) => (id = number))
    const answer = await abortable(signal, work, () => id >= 0 && this.#tell(Tell.Abort, id))
    return this.#validation ? this.#validation.answer(answer) : answer
  }

  async join(name: string, options?: JoinOptions): Promise<Room> {
    return this.#rooms.join(name, readJoinOptions(options))
  }

  publish(room: string, data: unknown, options?: RoomSendOptions): Promise<Sent | undefined> {
    return this.#rooms.publish(room, data, options)
  }

  stats(): Stats {
    return statsOf(this.#core.read(Read.Stats))
  }

  trace(): TraceEntry[] {
    return this.#core.read(Read.Trace)
  }

  readonly on: GateSocket['on'] = (name: keyof Events, ...rest: unknown[]) => {
    refuseUnknown({ [name]: 0 }, EVENTS, '', 'event')
    if (name === 'trace' && !this.#events.has('trace')) this.#tell(Tell.FollowTrace, 1)
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

  close(code = 1000, reason = ''): void {
    checkClose(code, reason)
    this.#tell(Tell.Close, code, reason)
  }

  #changed(status: Status): void {
    const retryIn = this.#core.read(Read.RetryIn)
    this.#retryAt = Number.isNaN(retryIn) ? null : Date.now() + retryIn
    if (status === 'ready') {
      this.#error = null
      this.#logged = false
    } else {
      this.#rooms.lost()
    }
    this.#emit('status', status)
    this.#letGoIfClosed()
  }

  /** Entries are made into objects only while somebody listens. */
  #traced = (entry: TraceEntry): void => {
    if (this.#events.has('trace')) this.#emit('trace', entry)
    else this.#tell(Tell.FollowTrace, 0)
  }

  /** A promise whose two functions the core calls, which it no longer does once it has crashed. */
  #promised<Result>(
    what: Ask,
    value?: unknown,
    timeout = 0,
    retry = false,
    named?: (request: number) => void,
  ): Promise<Result> {
    const { affected } = this.#instance
    return new Promise((resolve, reject) => {
      const settling = (settle: (value: never) => void) => (value: never) => {
        affected.delete(reject)
        settle(value)
      }
      affected.add(reject)
      const request = this.#core.ask(what, value, timeout, retry, [settling(resolve), settling(reject)])
      named?.(request)
    })
  }

  #tell(what: Tell, number: number, text?: string): void {
    this.#core.tell(what, number, text, 0, false)
  }

  #crashed = (crash: GateSocketError): void => {
    this.#addresses.giveUpAll()
    this.#fail(crash)
    this.#changed('closed')
  }

  /** After the last event of a session its listeners, and their AbortSignals, are let go. */
  #letGoIfClosed(): void {
    if (this.status !== 'closed') return
    this.#instance.affected.delete(this.#crashed)
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
    this.#rooms.take(event.message, undefined)
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

export function connect<In = unknown, Out = unknown>(url: Url, options?: SessionOptions<In>): GateSocket<In, Out> {
  return new Socket(url, readOptions(options)) as GateSocket as unknown as GateSocket<In, Out>
}

export async function getConnectionId(url: Url, options?: ConnectOptions): Promise<string> {
  // One attempt, unless the options ask for more: who waits for an id wants to hear of a failure.
  readOptions(options) // Refuses what is no object, which would be lost when it is spread.
  const { reconnect = false, ...others } = options ?? {}
  const socket = connect(url, { ...others, reconnect })
  try {
    return (await socket.ready()) as string
  } finally {
    socket.close()
  }
}
