// A WebSocket without a network, for the cost of a message alone: it opens at once, answers the question for
// the connectionId, and brings what the page dispatches on it.
import { QUESTION } from './contestants.jsx'

export class StubSocket extends EventTarget {
  static CONNECTING = 0
  static OPEN = 1
  static CLOSING = 2
  static CLOSED = 3
  /** Is called with each one that has opened. */
  static onopened = () => {}

  readyState = StubSocket.CONNECTING
  binaryType = 'blob'
  bufferedAmount = 0
  protocol = ''
  extensions = ''

  constructor(url) {
    super()
    this.url = url
    setTimeout(() => {
      this.readyState = StubSocket.OPEN
      this.dispatchEvent(new Event('open'))
      StubSocket.onopened(this)
    })
  }

  send(data) {
    if (data !== QUESTION) return
    const answer = new MessageEvent('message', { data: '{"connectionId":"L0SM9cOFvHcCIhw="}' })
    setTimeout(() => this.dispatchEvent(answer))
  }

  close() {
    this.readyState = StubSocket.CLOSED
    this.dispatchEvent(new CloseEvent('close', { code: 1000, wasClean: true }))
  }
}

for (const type of ['open', 'message', 'close', 'error']) {
  const handlers = new WeakMap()
  Object.defineProperty(StubSocket.prototype, `on${type}`, {
    get() {
      return handlers.get(this) ?? null
    },
    set(handler) {
      if (handlers.has(this)) this.removeEventListener(type, handlers.get(this))
      handlers.set(this, handler)
      if (handler) this.addEventListener(type, handler)
    },
  })
}
