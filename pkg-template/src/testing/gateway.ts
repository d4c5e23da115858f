import type {
  ConnectHandler,
  DisconnectHandler,
  FakeConnection,
  FakeGateway,
  FakeGatewayOptions,
  FakeRoom,
  GatewayUrl,
  MessageHandler,
  MessageMatch,
  WaitOptions,
} from '../../types/testing.js'
import { Clock } from './clock.js'
import { Connection, type Host } from './connection.js'
import { Ids } from './ids.js'
import { Inbox, takeMessage } from './inbox.js'
import { install, uninstall, type Answerer } from './install.js'
import { IDLE, LIFETIME } from './limits.js'
import { crash, Routes } from './routes.js'
import { awaited, later, settle } from './settle.js'
import type { FakeWebSocket } from './socket.js'

// The name that compilers give the method of `using` where there is none.
const DISPOSE: typeof Symbol.dispose = (Symbol.dispose ?? Symbol.for('Symbol.dispose')) as typeof Symbol.dispose

class Gateway implements FakeGateway, Answerer, Host {
  readonly idleTimeout: number
  readonly maxConnectionDuration: number
  #url: GatewayUrl | undefined
  #clock: Clock
  #ids = new Ids()
  #routes: Routes
  #inbox = new Inbox<unknown>()
  #opened = new Inbox<Connection>()
  /** Those that are not open yet too. */
  #all = new Set<Connection>()
  #refusals = 0
  #isDisposed = false

  constructor(url: GatewayUrl | undefined, options: FakeGatewayOptions) {
    this.#url = typeof url === 'string' ? new URL(url, globalThis.location?.href) : url
    this.idleTimeout = options.idleTimeout ?? IDLE
    this.maxConnectionDuration = options.maxConnectionDuration ?? LIFETIME
    this.#routes = new Routes((milliseconds, work) => this.after(milliseconds, work), options.numbered ?? false)
    // Last: a gateway that could not be made must leave the page as it was.
    this.#clock = Clock.acquire()
    install(this)
  }

  get connections(): readonly FakeConnection[] {
    return this.#opened.all.filter(({ isOpen }) => isOpen)
  }

  get received(): readonly unknown[] {
    return this.#inbox.all
  }

  connected(options?: WaitOptions): Promise<FakeConnection> {
    const late = () => `No connection was opened in time; ${this.#opened.all.length} were before.`
    return this.#opened.take(() => true, late, options)
  }

  receive(match?: MessageMatch, options?: WaitOptions): Promise<any> {
    return takeMessage(this.#inbox, match, options)
  }

  on(key: string, handler: ConnectHandler | DisconnectHandler | MessageHandler): () => void {
    if (typeof key !== 'string' || key === '' || (key.startsWith('$') && !PREDEFINED.includes(key))) {
      throw new TypeError(`${JSON.stringify(key)} is no route key: it is an action, or one of ${PREDEFINED.join(', ')}.`)
    }
    if (typeof handler !== 'function') throw new TypeError(`The handler of ${key} must be a function.`)
    return this.#routes.on(key, handler)
  }

  forbid(key: string): void {
    this.#routes.remove(key)
  }

  crash(key: string): void {
    this.on(key, crash)
  }

  room(name: string): FakeRoom {
    return this.#routes.rooms.room(name)
  }

  send(message: unknown): void {
    const { connections } = this
    if (connections.length === 0) {
      throw new Error('No connection is open that could take the message. Await connected() before.')
    }
    for (const connection of connections) connection.send(message)
  }

  close(code?: number, reason?: string): void {
    for (const connection of this.connections) connection.close(code, reason)
  }

  cut(): void {
    for (const connection of this.connections) connection.cut()
  }

  silence(): void {
    for (const connection of this.connections) connection.silence()
  }

  refuse(times = Infinity): void {
    this.#refusals = times
  }

  accept(): void {
    this.#refusals = 0
  }

  async advance(milliseconds: number): Promise<void> {
    if (typeof milliseconds !== 'number' || !(milliseconds >= 0 && milliseconds < Infinity)) {
      throw new TypeError(`advance() takes a number of milliseconds, not ${String(milliseconds)}.`)
    }
    await awaited(() => this.#clock.advance(milliseconds, settle))
  }

  settled(): Promise<void> {
    return awaited(async () => {})
  }

  dispose(): void {
    if (this.#isDisposed) return
    this.#isDisposed = true
    uninstall(this)
    for (const connection of this.#all) connection.dispose()
    this.#all.clear()
    this.#inbox.close()
    this.#opened.close()
    this.#clock.release()
  }

  [DISPOSE](): void {
    this.dispose()
  }

  answers(url: URL): boolean {
    const wanted = this.#url
    if (wanted === undefined) return true
    if (typeof wanted === 'function') return wanted(url)
    if (wanted instanceof RegExp) return wanted.test(url.href)
    return placeOf(wanted as URL) === placeOf(url)
  }

  connect(socket: FakeWebSocket, url: URL, protocols: readonly string[]): void {
    const connection = new Connection(this.#ids.connection(), url, protocols, socket, this)
    this.#all.add(connection)
    later(() => void this.#accept(connection))
  }

  now(): number {
    return this.#clock.now()
  }

  after(milliseconds: number, work: () => void): () => void {
    if (this.#isDisposed) return () => {}
    const timer = this.#clock.setTimeout(work, milliseconds)
    return () => this.#clock.clearTimeout(timer)
  }

  requestId(): string {
    return this.#ids.request()
  }

  took(connection: Connection, message: unknown): void {
    this.#inbox.add(message)
    void this.#routes.message(connection, message)
  }

  ended(connection: Connection): void {
    this.#all.delete(connection)
    this.#routes.disconnect(connection)
  }

  async #accept(connection: Connection): Promise<void> {
    if (this.#refusals > 0) {
      this.#refusals--
      return this.#refuse(connection)
    }
    const { status, protocol } = await this.#routes.connect(connection)
    if (this.#isDisposed || connection.closed) return
    // Browsers give up a connection that agreed on no subprotocol although they offered some.
    const isAgreed = connection.protocols.length === 0 || connection.protocols.includes(protocol)
    if (status < 200 || status > 299 || !isAgreed) return this.#refuse(connection)
    connection.open(protocol)
    if (connection.isOpen) this.#opened.add(connection)
  }

  #refuse(connection: Connection): void {
    this.#all.delete(connection)
    connection.refuse()
  }
}

const PREDEFINED = ['$connect', '$default', '$disconnect']
const OPTIONS = ['idleTimeout', 'maxConnectionDuration', 'numbered']

export function fakeGateway(url?: GatewayUrl | FakeGatewayOptions, options?: FakeGatewayOptions): FakeGateway {
  const isUrl = url === undefined || typeof url !== 'object' || url instanceof URL || url instanceof RegExp
  const given = (isUrl ? options : url) ?? {}
  for (const [name, value] of Object.entries(given)) {
    if (!OPTIONS.includes(name)) throw new TypeError(`fakeGateway has no option ${name}. It has: ${OPTIONS.join(', ')}.`)
    if (name === 'numbered') {
      if (value !== undefined && typeof value !== 'boolean') throw new TypeError('numbered must be true or false.')
    } else if (value !== undefined && !(typeof value === 'number' && value > 0)) {
      throw new TypeError(`${name} must be a number of milliseconds above 0.`)
    }
  }
  return new Gateway(isUrl ? url : undefined, given)
}

/** Whatever stands in the query, and with or without the slash at the end. */
function placeOf(url: URL): string {
  return `${url.host}${url.pathname.replace(/\/$/, '')}`
}
