import { later } from './settle.js'

/** The other end, in the gateway. */
export interface Peer {
  take(data: unknown): void
  closing(code: number, reason: string): void
  gone(): void
}

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const

/** The `WebSocket` that a page gets where a fake gateway answers: the WebSocket standard of WHATWG without a network. */
export class FakeWebSocket extends EventTarget {
  readonly url: string
  readonly extensions = ''
  /** What is sent leaves at once. */
  readonly bufferedAmount = 0
  binaryType: BinaryType = 'blob'
  protocol = ''
  readyState: number = STATES.CONNECTING
  #peer: Peer | undefined
  #handlers = new Map<string, (event: Event) => void>()

  constructor(url: URL) {
    super()
    this.url = url.href
  }

  send(data: unknown): void {
    if (this.readyState === STATES.CONNECTING) {
      throw new DOMException('The WebSocket is still connecting.', 'InvalidStateError')
    }
    if (this.readyState !== STATES.OPEN) return
    const isBytes = data instanceof ArrayBuffer || ArrayBuffer.isView(data) || data instanceof Blob
    const sent = isBytes ? data : String(data)
    later(() => this.#peer?.take(sent))
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException('A close code is 1000, or 3000 to 4999.', 'InvalidAccessError')
    }
    if (new TextEncoder().encode(reason).length > 123) {
      throw new DOMException('A close reason has 123 bytes at most.', 'SyntaxError')
    }
    if (this.readyState >= STATES.CLOSING) return
    const wasOpen = this.readyState === STATES.OPEN
    this.readyState = STATES.CLOSING
    later(() => (wasOpen ? this.#peer?.closing(code ?? 1005, reason) : this.#giveUp()))
  }

  /** The connection is there. */
  open(peer: Peer, protocol: string): void {
    if (this.readyState !== STATES.CONNECTING) return peer.gone()
    this.#peer = peer
    this.protocol = protocol
    this.readyState = STATES.OPEN
    this.#tell(new Event('open'))
  }

  /** A message has arrived. */
  receive(data: string): void {
    if (this.readyState === STATES.OPEN) {
      this.#tell(new MessageEvent('message', { data, origin: new URL(this.url).origin }))
    }
  }

  /** The connection has ended, or never came to be; 1006 is what a browser says of one that was lost. */
  end(code: number, reason = ''): void {
    if (this.readyState === STATES.CLOSED) return
    this.readyState = STATES.CLOSED
    const wasClean = code !== 1006
    if (!wasClean) this.#tell(new Event('error'))
    this.#tell(closeEvent({ code, reason, wasClean }))
  }

  /** The gateway is gone with the test: nothing comes any more, not even a close. */
  fallSilent(): void {
    this.readyState = STATES.CLOSED
    this.#peer = undefined
  }

  /** For `onopen` and the like. */
  handler(name: string): ((event: Event) => void) | null {
    return this.#handlers.get(name) ?? null
  }

  setHandler(name: string, handler: unknown): void {
    if (typeof handler === 'function') this.#handlers.set(name, handler as (event: Event) => void)
    else this.#handlers.delete(name)
  }

  #giveUp(): void {
    this.#peer?.gone()
    this.end(1006)
  }

  #tell(event: Event): void {
    const handler = this.#handlers.get(event.type)
    if (handler) this.addEventListener(event.type, (event) => handler.call(this, event), { once: true })
    this.dispatchEvent(event)
  }
}

for (const [name, value] of Object.entries(STATES)) {
  for (const place of [FakeWebSocket, FakeWebSocket.prototype]) Object.defineProperty(place, name, { value, enumerable: true })
}
for (const name of ['open', 'message', 'error', 'close']) {
  Object.defineProperty(FakeWebSocket.prototype, `on${name}`, {
    get(this: FakeWebSocket) {
      return this.handler(name)
    },
    set(this: FakeWebSocket, handler: unknown) {
      this.setHandler(name, handler)
    },
    configurable: true,
    enumerable: true,
  })
}

/** Node had no `CloseEvent` before version 23. */
function closeEvent(details: { code: number; reason: string; wasClean: boolean }): Event {
  return typeof CloseEvent === 'function' ? new CloseEvent('close', details) : Object.assign(new Event('close'), details)
}
