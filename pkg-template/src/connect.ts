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
import { CALLBACKS, eventOf, passOn } from './callbacks.js'
import { Status as Code } from './core.js'
import { Driver, type Facade, type Settle, type Use } from './driver.js'
import { badOptions, type GateSocketError } from './error.js'
import { Emitter } from './events.js'
import type { Guard } from './guard.js'
import { instance } from './instance.js'
import { Messages } from './iterate.js'
import { matches } from './match.js'
import { refuseUnknown } from './names.js'
import { checkClose, readOptions, readRequestOptions, readSendOptions, type CheckedOptions } from './options.js'
import { NAMES, Rooms } from './rooms.js'
import { Validation } from './schema.js'
import { sentence } from './sentences.js'

/** In the order of `Status` in `src/core/status.rs`. */
const STATUSES: Status[] = ['idle', 'connecting', 'identifying', 'ready', 'waiting', 'offline', 'closed']

const EVENTS: (keyof Events)[] = /* @__PURE__ */ (() => [...CALLBACKS.map(eventOf), 'trace' as const])()

/** The facade of one session: turns the core's single callbacks into events for many. */
class Socket implements GateSocket {
  #instance: Guard
  #driver: Driver
  #addresses: Addresses
  #rooms: Rooms
  #validation: Validation | null = null
  #events = new Emitter<Events>()
  #error: GateSocketError | null = null
  #retryAt: number | null = null
  /** Whether a failure has been written to the console since the session was last ready. */
  #logged = false
  /** Whether a message has been refused by the schema. */
  #refused = false
  #snapshot: Snapshot | null = null
  /** What `ready()` returned last, and the connectionId or error that it came to; undefined while it is pending. */
  #ready: Promise<string> | null = null
  #readyId: unknown = null

  declare readonly [Symbol.dispose]: () => void
  declare readonly [Symbol.asyncDispose]: () => Promise<void>

  constructor(url: Url, options: CheckedOptions) {
    // Not methods of the class, whose computed names would keep all of it in a bundle that uses nothing of it. Compilers
    // give those of `using` these names where the browser has none of its own.
    for (const name of ['dispose', 'asyncDispose'] as const) {
      Object.assign(this, { [Symbol[name] ?? Symbol.for(`Symbol.${name}`)]: async () => this.close() })
    }
    const tell = (message: unknown, raw = message) => {
      this.#emit('message', message)
      this.#rooms.take(raw, [message])
    }
    if (options.schema !== undefined) this.#validation = new Validation(options.schema as StandardSchema, tell, this.#refuse)
    const names = { ...NAMES, ...options.rooms }
    // First of all: React Native, which has no WebAssembly, has no whole URL either.
    this.#instance = instance()
    this.#addresses = new Addresses(url, options.ticket, this.#use)
    const facade: Facade = {
      message: (message) => (this.#validation ? this.#validation.take(message) : tell(message)),
      status: (status) => {
        // The first one is told while this constructor runs, when nobody can listen yet.
        if (this.#driver) this.#changed(STATUSES[status]!)
      },
      connectionId: (event) => this.#emit('connectionid', event),
      gatewayFrame: (frame) => this.#emit('gatewayframe', frame as GatewayFrame),
      error: this.#fail,
      close: (close) => {
        this.#emit('close', close)
        this.#letGoIfClosed()
      },
      wantsAnother: (close, error) => !!options.shouldReconnect!(close, error),
      address: this.#addresses.open,
      giveUp: this.#addresses.giveUp,
      trace: this.#traced,
      link: (socket) => (options as Pick<ConnectOptions, 'onLink'>).onLink?.(socket),
      joinedAgain: (room, answer) => this.#rooms.get(room)?.answered(answer),
    }
    this.#driver = this.#instance.guarded(() => new Driver(this.#instance, facade, options, names), true)()
    if (this.#driver.refused) throw this.#driver.refused
    this.#instance.affected.add(this.#crashed)
    this.#rooms = new Rooms({
      socket: this,
      names,
      join: (name: string) => this.#promised((driver, settle) => driver.join(name, settle)),
      leave: (name: string) => this.#use((driver) => driver.leave(name)),
      request: (message: object) => this.#promised((driver, settle) => driver.request(message, 0, false, settle)),
      check: (message: unknown) => (this.#validation ? this.#validation.inner(message) : ([message] as const)),
      fail: this.#fail,
    })
    passOn(this, CALLBACKS.filter((name) => (options as Callbacks)[name]), () => options as Callbacks)
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
    const next: Snapshot = {
      status: this.status,
      connectionId: this.connectionId,
      retryAt: this.#retryAt,
      error: this.#error,
    }
    const last = this.#snapshot
    const same = last && (Object.keys(next) as (keyof Snapshot)[]).every((key) => last[key] === next[key])
    return same ? last : (this.#snapshot = Object.freeze(next))
  }

  ready(): Promise<string> {
    const isPending = this.#readyId === undefined
    if (!this.#ready || !(isPending || (this.status === 'ready' && this.#readyId === this.connectionId))) {
      const settled = (id: unknown) => {
        this.#readyId = id
      }
      this.#readyId = undefined
      this.#ready = this.#promised<string>((driver, settle) => driver.ready(settle))
      this.#ready.then((id) => settled(id ?? null), settled)
    }
    return this.#ready
  }

  async send(message: unknown, options?: SendOptions): Promise<void> {
    const { retry, raw } = readSendOptions(options)
    if (raw && typeof message !== 'string') throw badOptions(sentence('raw'))
    await this.#promised((driver, settle) => driver.send(message, !!raw, !!retry, settle))
  }

  async request(message: unknown, options?: RequestOptions): Promise<unknown> {
    const { timeout = 0, retry, signal } = readRequestOptions(options)
    if (signal?.aborted) throw aborted()
    let id = -1
    const work = this.#promised((driver, settle) => {
      id = driver.request(message, timeout, !!retry, settle)
    })
    const answer = await abortable(signal, work, () => id >= 0 && this.#use((driver) => driver.abort(id)))
    return this.#validation ? this.#validation.answer(answer) : answer
  }

  async join(name: string, options?: JoinOptions): Promise<Room> {
    return this.#rooms.of(name).join(options)
  }

  async publish(room: string, data: unknown, options?: RoomSendOptions): Promise<Sent | undefined> {
    return this.#rooms.of(room).publish(data, options)
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
    const [match, listener, options] = (typeof rest[0] === 'function' ? [null, ...rest] : rest) as [
      Match | null | undefined,
      (event: unknown) => void,
      ListenOptions?,
    ]
    refuseUnknown(options, ['signal'])
    const fitting = (message: unknown) => {
      if (matches(message, match!)) listener(message)
    }
    return this.#events.on(name, match ? fitting : listener, options?.signal)
  }

  messages(options?: IterateOptions & { match?: Match }): MessageIterator<unknown> {
    return new Messages(this, options)
  }

  [Symbol.asyncIterator](): MessageIterator<unknown> {
    return this.messages()
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
      this.#rooms.forEach((room) => room.lost())
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
      this.#use((driver) => {
        affected.add(reject)
        start(driver, [settling(resolve), settling(reject)])
      }, fail)
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
      this.#rooms.forEach((room) => room.end())
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

  #fail = (error: GateSocketError): void => {
    this.#error = error
    // Nothing fails in silence: somebody listens, or awaits ready(), or the console gets it.
    if (!this.#events.has('error') && this.#readyId !== undefined && !this.#logged) {
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
  const socket = new Socket(url, { reconnect: { maxAttempts: 1 }, ...readOptions(options) })
  try {
    return await socket.ready()
  } finally {
    socket.close()
  }
}
