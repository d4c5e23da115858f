import type {
  Callbacks,
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
import { Status as Code } from './core.js'
import { Driver, type Facade, type Settle, type Use } from './driver.js'
import { badOptions, type GateSocketError } from './error.js'
import { Emitter } from './events.js'
import type { Guard } from './guard.js'
import { instance } from './instance.js'
import { Messages } from './iterate.js'
import { matches } from './match.js'
import { refuseUnknown } from './names.js'
import { checkClose, readJoinOptions, readOptions, readRequestOptions, readSendOptions, type CheckedOptions } from './options.js'
import { NAMES, Rooms } from './rooms.js'
import { Validation } from './schema.js'
import { sentence } from './sentences.js'

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
  #instance: Guard
  #driver: Driver
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
    const { schema, shouldReconnect } = options
    const { onLink } = options as Pick<ConnectOptions, 'onLink'>
    this.#validation = schema === undefined ? null : new Validation(schema as StandardSchema, tell, this.#refuse)
    const names = { ...NAMES, ...options.rooms }
    // First of all: React Native, which has no WebAssembly, has no whole URL either.
    this.#instance = instance()
    const addresses = (this.#addresses = new Addresses(url, options.ticket, this.#use))
    const facade: Facade = {
      message: (message) => (this.#validation ? this.#validation.take(message) : tell(message)),
      status: (status) => {
        // The first one is told while this constructor runs, when nobody can listen yet.
        if (this.#driver) this.#changed(STATUSES[status]!)
      },
      connectionId: (event) => this.#emit('connectionid', event),
      gatewayFrame: (frame) => this.#emit('gatewayframe', frame as GatewayFrame),
      error: (error) => this.#fail(error),
      close: (close) => {
        this.#emit('close', close)
        this.#letGoIfClosed()
      },
      wantsAnother: (close, error) => !!shouldReconnect!(close, error),
      address: addresses.open,
      giveUp: addresses.giveUp,
      trace: this.#traced,
      link: (socket) => onLink?.(socket),
      joinedAgain: (room, answer) => this.#rooms.answered(room, answer),
    }
    this.#driver = this.#instance.guarded(() => new Driver(this.#instance, facade, options, names), true)()
    if (this.#driver.refused) throw this.#driver.refused
    this.#instance.affected.add(this.#crashed)
    const core = {
      join: (name: string) => this.#promised((driver, settle) => driver.join(name, settle)),
      leave: (name: string) => this.#use((driver) => driver.leave(name)),
      request: (message: object) => this.#promised((driver, settle) => driver.request(message, 0, false, settle)),
      check: (message: unknown) => (this.#validation ? this.#validation.inner(message) : ([message] as const)),
      fail: (error: GateSocketError) => this.#fail(error),
    }
    this.#rooms = new Rooms(this, core, names)
    const callbacks = options as Callbacks
    passOn(this, CALLBACKS.filter((name) => callbacks[name]), () => callbacks)
  }

  /** Calls something with the driver. After a crash there is none. */
  #use: Use = (use, crashed) => {
    const { crash } = this.#instance
    return crash ? crashed?.(crash) : this.#instance.guarded(use, true)(this.#driver)
  }

  get status(): Status {
    return STATUSES[this.#use((driver) => driver.status) ?? Code.Closed]!
  }

  get connectionId(): string | null {
    return this.#use((driver) => driver.connectionId) ?? null
  }

  get protocol(): string {
    return this.#use((driver) => driver.protocol) ?? ''
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
    const promise = this.#promised<string>((driver, settle) => driver.ready(settle))
    const ready = { promise, isPending: true, id: null as string | null }
    const settled = (id: string | null) => Object.assign(ready, { isPending: false, id })
    promise.then((id) => settled(id ?? null), () => settled(null))
    return (this.#ready = ready).promise
  }

  async send(message: unknown, options?: SendOptions): Promise<void> {
    const { retry = false, raw = false } = readSendOptions(options)
    if (raw && typeof message !== 'string') throw badOptions(sentence('raw'))
    await this.#promised((driver, settle) => driver.send(message, raw, retry, settle))
  }

  async request(message: unknown, options?: RequestOptions): Promise<unknown> {
    const { timeout = 0, retry = false, signal } = readRequestOptions(options)
    if (signal?.aborted) throw aborted()
    let id = -1
    const work = this.#promised((driver, settle) => {
      id = driver.request(message, timeout, retry, settle)
    })
    const answer = await abortable(signal, work, () => id >= 0 && this.#use((driver) => driver.abort(id)))
    return this.#validation ? this.#validation.answer(answer) : answer
  }

  async join(name: string, options?: JoinOptions): Promise<Room> {
    return this.#rooms.join(name, readJoinOptions(options))
  }

  publish(room: string, data: unknown, options?: RoomSendOptions): Promise<Sent | undefined> {
    return this.#rooms.publish(room, data, options)
  }

  stats(): Stats {
    return this.#use((driver) => driver.stats(), fail)!
  }

  trace(): TraceEntry[] {
    return this.#use((driver) => driver.trace()) ?? []
  }

  readonly on: GateSocket['on'] = (name: keyof Events, ...rest: unknown[]) => {
    refuseUnknown({ [name]: 0 }, EVENTS, '', 'event')
    if (name === 'trace' && !this.#events.has('trace')) this.#use((driver) => driver.follow(true))
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
    this.#use((driver) => driver.close(code, reason))
  }

  #changed(status: Status): void {
    const retryIn = this.#use((driver) => driver.retryIn)
    this.#retryAt = retryIn === undefined ? null : Date.now() + retryIn
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
    else this.#use((driver) => driver.follow(false))
  }

  /** A promise whose two functions the driver calls, which it no longer does once it has crashed. */
  #promised<Result>(start: (driver: Driver, settle: Settle) => unknown): Promise<Result> {
    const { affected } = this.#instance
    return new Promise((resolve, reject) => {
      const settling = <Value>(settle: (value: Value) => void) => (value: Value) => {
        affected.delete(reject)
        settle(value)
      }
      affected.add(reject)
      this.#use((driver) => start(driver, [settling(resolve), settling(reject)]), fail)
    })
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

function fail(crash: GateSocketError): never {
  throw crash
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
