import type { FakeConnection, MessageMatch, WaitOptions } from '../../types/testing.js'
import { Inbox, takeMessage } from './inbox.js'
import { CLOSING, FRAME, MESSAGE } from './limits.js'
import { later } from './settle.js'
import type { FakeWebSocket, Peer } from './socket.js'

/** What a connection needs of its gateway. */
export interface Host {
  readonly idleTimeout: number
  readonly maxConnectionDuration: number
  now(): number
  /** Calls `work` after so many milliseconds, unless the returned function is called before. */
  after(milliseconds: number, work: () => void): () => void
  requestId(): string
  took(connection: Connection, message: unknown): void
  ended(connection: Connection): void
}

export type Closed = NonNullable<FakeConnection['closed']>

/** The gateway's end of a connection. */
export class Connection implements FakeConnection, Peer {
  readonly id: string
  readonly url: URL
  readonly protocols: readonly string[]
  closed: Closed | null = null
  #socket: FakeWebSocket
  #host: Host
  #inbox = new Inbox<unknown>()
  #isSilent = false
  #lastActive = 0
  #timers: (() => void)[] = []

  constructor(id: string, url: URL, protocols: readonly string[], socket: FakeWebSocket, host: Host) {
    this.id = id
    this.url = url
    this.protocols = protocols
    this.#socket = socket
    this.#host = host
  }

  get isOpen(): boolean {
    return this.closed === null && this.#socket.readyState === 1
  }

  get received(): readonly unknown[] {
    return this.#inbox.all
  }

  receive(match?: MessageMatch, options?: WaitOptions): Promise<any> {
    return takeMessage(this.#inbox, match, options)
  }

  send(message: unknown): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    if (text === undefined) throw new TypeError(`A message is a text or what JSON can hold; this one is ${String(message)}.`)
    const bytes = lengthOf(text)
    if (bytes > MESSAGE) {
      throw new RangeError(`API Gateway answers 413: a message has ${MESSAGE} bytes at most, and this one has ${bytes}.`)
    }
    if (this.closed) throw new Error(`API Gateway answers 410: the connection ${this.id} is gone (${this.closed.code}).`)
    this.transmit(text)
  }

  gatewayFrame(message: string): void {
    const request = this.#host.requestId()
    this.transmit(
      message === 'Bad request body'
        ? `{"message" : "${message}", "connectionId": "${this.id}", "messageId": "${request}"}`
        : `{"message": "${message}", "connectionId":"${this.id}", "requestId":"${request}"}`,
    )
  }

  close(code = 1000, reason = code === 1000 ? 'Connection Closed Normally' : ''): void {
    if (this.#end({ code, reason, wasClean: true })) this.#tell((socket) => socket.end(code, reason))
  }

  cut(): void {
    if (this.#end({ code: 1006, reason: '', wasClean: false })) this.#tell((socket) => socket.end(1006))
  }

  silence(): void {
    this.#isSilent = true
  }

  /** The client has a connection from here on. */
  open(protocol: string): void {
    this.#lastActive = this.#host.now()
    this.#watchIdle(this.#host.idleTimeout)
    this.#timers.push(this.#host.after(this.#host.maxConnectionDuration, () => this.close(1001, 'Going away')))
    this.#socket.open(this, protocol)
  }

  /** The upgrade was refused, which browsers show as a loss. */
  refuse(): void {
    this.closed = { code: 1006, reason: '', wasClean: false }
    this.#tell((socket) => socket.end(1006))
  }

  transmit(text: string): void {
    if (this.closed) return
    this.#lastActive = this.#host.now()
    this.#tell((socket) => socket.receive(text))
  }

  take(data: unknown): void {
    if (this.#isSilent || this.closed) return
    this.#lastActive = this.#host.now()
    if (typeof data !== 'string') return this.close(1003)
    if (lengthOf(data) > FRAME) return this.close(1009, `Max frame length of ${FRAME} has been exceeded`)
    const message = parse(data)
    this.#inbox.add(message)
    this.#host.took(this, message)
  }

  closing(code: number, reason: string): void {
    if (this.#isSilent) {
      this.#host.after(CLOSING, () => this.#socket.end(1006))
    } else if (this.#end({ code, reason, wasClean: true })) {
      this.#tell((socket) => socket.end(code, reason))
    }
  }

  gone(): void {
    this.#end({ code: 1006, reason: '', wasClean: false })
  }

  /** Nothing happens here any more. */
  dispose(): void {
    this.closed ??= { code: 1006, reason: '', wasClean: false }
    this.#stopTimers()
    this.#inbox.close()
    this.#socket.fallSilent()
  }

  #tell(tell: (socket: FakeWebSocket) => void): void {
    later(() => {
      if (!this.#isSilent) tell(this.#socket)
    })
  }

  #end(closed: Closed): boolean {
    if (this.closed) return false
    this.closed = closed
    this.#stopTimers()
    this.#host.ended(this)
    return true
  }

  #stopTimers(): void {
    for (const stop of this.#timers.splice(0)) stop()
  }

  /** Data in either direction begins the time anew; one timer is enough, which looks how long ago that was. */
  #watchIdle(left: number): void {
    this.#timers[0] = this.#host.after(left, () => {
      const left = this.#lastActive + this.#host.idleTimeout - this.#host.now()
      if (left > 0) this.#watchIdle(left)
      else this.close(1001, 'Going away')
    })
  }
}

function lengthOf(text: string): number {
  return new TextEncoder().encode(text).length
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
