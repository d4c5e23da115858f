import type { Options, WebSocketMessage } from '../../types/compat/react-use-websocket.js'
import type { GateSocket, GateSocketError, Status } from '../../types/index.js'
import { connect } from '../index.js'
import { live, textOf } from '../live.js'
import { addressOf } from './address.js'
import { nextAttempt } from './attempts.js'
import { call } from './call.js'
import { hear } from './hear.js'
import { Heartbeat } from './heartbeat.js'
import type { Member } from './member.js'
import { ReadyState } from './ready-state.js'
import { receivedAs, showAll, showNow } from './screen.js'

/** The hook has no limit of its own for a connection that takes long to open, nor for a function that makes a URL. */
const NO_TIMEOUT = 2 ** 31 - 1
/** How long a connection that is given up may take to close properly, in milliseconds. */
const CLOSING = 1000
/** A session has failed in one of these ways where its WebSocket has told so already, by its events. */
const TOLD = ['connect-failed', 'connection-lost', 'closed']

/** Those that components share, by URL. */
const shared = new Map<string, Connection>()

export function resetGlobalState(url?: string): void {
  if (url !== undefined && shared.has(url)) shared.delete(url)
  else shared.clear()
}

/**
 * A connection of one component, or of all that share it. Each attempt is a session of its own, which ends with its
 * WebSocket: when the next one comes is not for the session to say here, but for the options of the components.
 */
export class Connection {
  /** The WebSocket in use, or the last one that was. */
  socket: WebSocket | null = null
  /** The one in use, until it was told that it has closed. */
  #current: WebSocket | null = null
  #address: string
  #members = new Set<Member>()
  /** The last one that left: it is told how the connection closes. */
  #last: Member | null = null
  #session: GateSocket | null = null
  #state = ReadyState.CONNECTING
  /** What the session was told. */
  #told = ''
  /** The replacement of the WebSocket in use, before it is in use. */
  #next: WebSocket | null = null
  #opened: Event | null = null
  /** The event of the message that the session is about to hand over. */
  #arrived: MessageEvent | null = null
  #hasFailed = false
  /** Attempts since the connection was open last. */
  #attempts = 0
  #wait: ReturnType<typeof setTimeout> | undefined
  #closing: ReturnType<typeof setTimeout> | undefined
  #linger: ReturnType<typeof setTimeout> | undefined
  #heartbeat: Heartbeat | null = null

  /** The one for this URL that is shared, or a new one. */
  static of(address: string, member: Member): Connection {
    const isShared = member.options().share === true
    const connection = (isShared && shared.get(address)) || new Connection(address)
    if (isShared) shared.set(address, connection)
    return connection
  }

  constructor(address: string) {
    this.#address = address
  }

  get isOpen(): boolean {
    return this.#session?.status === 'ready' && this.socket?.readyState === WebSocket.OPEN
  }

  add(member: Member): void {
    clearTimeout(this.#linger)
    this.#members.add(member)
    member.connection = this
    if (!this.#session && this.#wait === undefined) return this.#begin(member)
    if (this.#wait !== undefined) {
      // Whoever comes now does not want to wait.
      this.#stopWaiting()
      return this.#begin(member)
    }
    this.#warnOfDifference(member)
    showNow(() => member.show(this.#state))
    if (this.#state === ReadyState.OPEN) {
      member.flush()
      this.#beat()
    }
  }

  remove(member: Member): void {
    this.#members.delete(member)
    this.#last = member
    if (this.#members.size > 0) return
    if (shared.get(this.#address) !== this) return this.#end()
    // A moment later, so that a component that comes in the same commit keeps it.
    this.#linger = setTimeout(() => this.#end())
  }

  send(message: WebSocketMessage, member: Member, keep: () => void): void {
    const sent = typeof message === 'object' ? this.#session?.send(message) : this.#session?.send(String(message), { raw: true })
    sent?.catch((error: GateSocketError) => {
      if (member.hasLeft) return
      // It was not handed over, and goes out with the next connection. What may have arrived does not.
      if (error.code === 'connection-lost') keep()
      else console.error(error)
    })
  }

  heartbeat() {
    const owner = [...this.#members].find((member) => member.options().heartbeat)
    return owner?.options().heartbeat || null
  }

  ping(message: string): void {
    // Not kept: a question is about this connection.
    if (this.isOpen) this.#session?.send(message, { raw: true }).catch(() => {})
  }

  giveUp(): void {
    const session = this.#session
    this.#stopBeating()
    this.#current?.close()
    // The browser waits for the other side's close frame, for a minute and more where nobody is there.
    this.#closing = setTimeout(() => {
      this.#closed(closeEvent())
      session?.close()
    }, CLOSING)
  }

  #begin(leader: Member): void {
    const options = leader.options()
    const { protocols, gatesocket } = options
    const given = gatesocket ?? {}
    this.#hasFailed = false
    this.#current = null
    this.#told = this.#tellable(options)
    this.#show(ReadyState.CONNECTING)
    const latest = () => (this.#members.has(leader) ? leader : this.#members.values().next().value)?.options().gatesocket ?? given
    let session: GateSocket
    try {
      session = connect(this.#address, {
        profile: 'generic',
        connectTimeout: NO_TIMEOUT,
        ...live(given, latest),
        ...(protocols && { protocols }),
        reconnect: false,
        onLink: (socket) => this.#follow(socket),
      })
    } catch (thrown) {
      console.error(thrown)
      this.#forget()
      return this.#show(ReadyState.CLOSED)
    }
    this.#session = session
    const isCurrent = () => this.#session === session
    session.on('status', (status) => isCurrent() && this.#changed(status))
    session.on('message', (message) => isCurrent() && this.#deliver(message))
    session.on('gatewayframe', (frame) => isCurrent() && this.#deliver(frame))
    session.on('connectionid', ({ previous }) => previous !== null && this.#next && this.#use(this.#next))
    // The page is told of the rest by events of the WebSocket, or by those of its own `gatesocket.onError`.
    session.on('error', (error) => TOLD.includes(error.code) || given.onError || console.error(error))
  }

  /** Listens to a WebSocket, before its session does. */
  #follow(socket: WebSocket): void {
    socket.binaryType = 'blob'
    if (this.#session?.status === 'ready') this.#next = socket
    else this.#use(socket)
    const isInUse = () => this.#current === socket
    hear(socket, {
      open: (event) => (this.#opened = event),
      message: (event) => {
        this.#arrived = event
        if (isInUse()) this.#heartbeat?.heard()
      },
      error: (event) => {
        if (!isInUse()) return
        this.#hasFailed = true
        this.#each((options) => call(options.onError, event))
      },
      close: (event) => isInUse() && this.#closed(event),
    })
  }

  #use(socket: WebSocket): void {
    this.socket = this.#current = socket
    this.#next = null
  }

  #changed(status: Status): void {
    if (status === 'ready') this.#open()
    else if (status === 'idle') this.#show(ReadyState.CLOSED)
    else if (status === 'closed') this.#closed(closeEvent())
    else this.#show(ReadyState.CONNECTING)
  }

  #open(): void {
    this.#attempts = 0
    this.#hasFailed = false
    this.#state = ReadyState.OPEN
    const event = this.#opened
    if (event) this.#each((options) => call(options.onOpen, event))
    for (const member of this.#members) member.flush()
    this.#beat()
    this.#show(ReadyState.OPEN)
  }

  #deliver(message: unknown): void {
    const event = this.#arrived
    if (!event) return
    this.#arrived = null
    const received = receivedAs(message, event)
    const shared = this.heartbeat()
    for (const member of [...this.#members]) {
      const { onMessage, filter, heartbeat } = member.options()
      call(onMessage, event)
      if (typeof filter === 'function' && call(filter, event) !== true) continue
      if ([shared, heartbeat].some((one) => typeof one === 'object' && one?.returnMessage === event.data)) continue
      member.screen.add(received)
    }
    showAll()
  }

  /** The WebSocket in use has closed, or is as good as closed. Its session ends with it by itself. */
  #closed(event: CloseEvent): void {
    this.#current = null
    this.#stopBeating()
    // A page in the back/forward cache, or one that is hidden for long or offline: the session itself comes back.
    const comesBack = ['idle', 'offline'].includes(this.#session?.status ?? '')
    if (!comesBack) this.#letGo()
    this.#each((options) => call(options.onClose, event))
    this.#show(ReadyState.CLOSED)
    if (!comesBack && this.#members.size > 0) this.#decide(event)
  }

  #decide(event: CloseEvent): void {
    const next = nextAttempt([...this.#members], event, this.#attempts, this.#hasFailed)
    if (!next) return this.#forget()
    const { leader, wait } = next
    this.#wait = setTimeout(() => {
      this.#stopWaiting()
      this.#attempts++
      void this.#again(this.#members.has(leader) ? leader : [...this.#members][0]!)
    }, wait)
  }

  /** Asks for the URL again, which may be another one by now. */
  async #again(leader: Member): Promise<void> {
    const isWanted = () => this.#members.size > 0 && !this.#session && this.#wait === undefined
    const address = await addressOf(leader.source, leader.options, isWanted)
    if (!isWanted()) return
    if (address === null) {
      this.#forget()
      for (const member of this.#members) member.failed()
      return
    }
    const other = shared.get(address)
    if (leader.options().share === true && other !== this) {
      this.#forget()
      if (other) {
        const members = [...this.#members]
        this.#members.clear()
        for (const member of members) other.add(member)
        return
      }
      shared.set(address, this)
    }
    this.#address = address
    this.#begin(leader)
  }

  #end(): void {
    const session = this.#session
    this.#stopWaiting()
    this.#forget()
    this.#letGo()
    // Its close event is told to the one that left last.
    session?.close()
  }

  #letGo(): void {
    this.#session = null
    this.#next = null
    this.#arrived = null
    clearTimeout(this.#closing)
    this.#stopBeating()
  }

  #forget(): void {
    if (shared.get(this.#address) === this) shared.delete(this.#address)
  }

  #stopWaiting(): void {
    clearTimeout(this.#wait)
    this.#wait = undefined
  }

  #beat(): void {
    if (!this.#heartbeat && this.heartbeat()) this.#heartbeat = new Heartbeat(this)
  }

  #stopBeating(): void {
    this.#heartbeat?.stop()
    this.#heartbeat = null
  }

  #show(state: ReadyState): void {
    this.#state = state
    showNow(() => this.#members.forEach((member) => member.show(state)))
  }

  #each(tell: (options: Options) => void): void {
    const members = this.#members.size > 0 ? [...this.#members] : [this.#last]
    for (const member of members) if (member) tell(member.options())
  }

  #tellable({ protocols, gatesocket }: Options): string {
    return textOf([protocols, gatesocket])
  }

  /** One that shares is told where its options differ from those that hold. */
  #warnOfDifference(member: Member): void {
    const { protocols, gatesocket } = member.options()
    if ((protocols || gatesocket) && this.#tellable(member.options()) !== this.#told) {
      console.warn(
        'gatesocket: components that share a connection give it different `protocols` or `gatesocket` options. Those of ' +
          'the first hold: give the same everywhere, or share: false to the one that wants a connection of its own.',
      )
    }
  }
}

/** For a connection that ends without an event of its own. */
function closeEvent(): CloseEvent {
  return new CloseEvent('close', { code: 1006, reason: '', wasClean: false })
}
