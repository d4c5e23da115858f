import { time } from './page.js'

/*
 * The WebSockets of one session, and what they bring. It is JavaScript, so that a message crosses into wasm once on its
 * way in and once on its way out, nothing that may throw is called from wasm, and one closure hears of everything.
 */

// What is told, as `driver/happened.rs` reads it. The first six are messages.
const OBJECT = 0
const OBJECT_WITH_ID = 1
const PERHAPS_A_REPORT = 2
const NOT_AN_OBJECT = 3
const NOT_JSON = 4
const BINARY = 5
const OPENED = 6
const CLOSED = 7
const CLOSED_CLEANLY = 8
const DRAINED = 9
// A WebSocket that nobody listens to yet. 10 to 18 are those of page.js.
const MADE = 19

// The longest text that could be a report of API Gateway; the longest known one has 21 characters.
const LONGEST_REPORT = 64

// How long to wait before looking again whether a link has sent what it holds, in milliseconds: at first, and at most.
const SHORTEST_LOOK = 1
const LONGEST_LOOK = 64

/**
 * Tells what a WebSocket brought, parsed, and its length: of a text in UTF-16 code units, because its bytes of UTF-8
 * would take the engine longer to count than the rest.
 */
export function read(data, link, tell) {
  if (typeof data !== 'string') return tell(BINARY, link, data, data.byteLength)
  let value
  try {
    value = JSON.parse(data)
  } catch {
    return tell(NOT_JSON, link, data, data.length)
  }
  let kind = NOT_AN_OBJECT
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    kind = value.connectionId === undefined ? OBJECT : OBJECT_WITH_ID
    if (kind && typeof value.message === 'string' && value.message.length <= LONGEST_REPORT) kind = PERHAPS_A_REPORT
  }
  tell(kind, link, value, data.length)
}

/** The size of a text or of bytes on the wire, in bytes; -1 for what is neither. */
export function wireSize(body) {
  return typeof body === 'string' ? new TextEncoder().encode(body).length : (body.byteLength ?? body.size ?? -1)
}

/** A message of the session's own: `Identify` of the core, or what asks to be let into a room or out of it. */
export function control(action, field, room, connectionId, ref) {
  return JSON.stringify({ action, ...(field && { [field]: room, connectionId, ref }) })
}

/**
 * `tell(event, link, value, number)` is told everything, with the number of the link that it is about.
 *
 * No event says that `bufferedAmount` has changed, so somebody has to look what has left, while a link holds something
 * and never otherwise. The first look is a task after the message was handed over. In Chromium it is enough, unless
 * some 100 KB were sent at once: 1,200 of 1,200 looks after up to 100 messages of 100 bytes, or one of 30 KB, found the
 * buffer empty. In Firefox the buffer takes about a millisecond. What is left is looked at by timers. Chrome fires
 * those of a hidden page once a second, and once a minute where each was set by another ("Heavy throttling of chained
 * JS timers"): so each is set by a task. A message that arrives is an occasion too.
 */
export class Links {
  #tell
  #links = new Map()
  #channel
  #timer
  /** Whether a task was asked for and has not come. */
  #isPosted = false
  /** How long the last look by a timer was put off. */
  #pause = 0

  constructor(tell) {
    this.#tell = tell
  }

  /** Returns 0, or why there can't be such a link: 1 no WebSocket here, 2 not from this page, 3 not with these protocols. */
  open(id, address, protocols) {
    const tell = this.#tell
    let socket
    try {
      socket = new WebSocket(address, protocols)
      // A test's own may lack it, and what throws later would end all sessions.
      if (!socket.addEventListener) throw new TypeError()
    } catch (thrown) {
      const name = thrown?.name
      return name === 'ReferenceError' || name === 'TypeError' ? 1 : name === 'SecurityError' ? 2 : 3
    }
    this.#hearErrors(id, socket)
    socket.binaryType = 'arraybuffer'
    const listeners = {
      open: () => tell(OPENED, id, undefined, 0),
      message: ({ data }) => {
        // Whatever held back a timer has not held back this.
        if (this.#isWatched) this.#lookAtAll()
        read(data, id, tell)
      },
      close: ({ code, reason, wasClean }) => {
        // A closed WebSocket still tells what it could not send.
        this.#lookAt(id)
        tell(wasClean ? CLOSED_CLEANLY : CLOSED, id, reason, code)
      },
    }
    // `taken`: the bytes that the browser has taken so far. `held`: messages among them that were not seen to have left,
    // and where each ends in these bytes.
    this.#links.set(id, { socket, listeners, taken: 0, held: [] })
    // Before these listeners, so that those of whoever is told now hear of everything first. They may also end the session.
    tell(MADE, id, socket, 0)
    if (this.#links.has(id)) for (const type in listeners) socket.addEventListener(type, listeners[type])
    return 0
  }

  /**
   * Listens first of all, and for good: the package `ws` emits `error` for attempts that were dropped too, and a Node process
   * in which nobody listens to that ends. The event carries nothing, and by WHATWG's WebSocket standard ("feedback from the
   * protocol") a `close` with all that is known follows it. In Node 22 a connection that did not come to be stays
   * CONNECTING, and no `close` follows. That is looked at in a task, because `close()` may be what fired the event.
   *
   * Whoever keeps the WebSocket keeps this listener: in a function of its own it holds nothing of the session after `end`.
   */
  #hearErrors(id, socket) {
    socket.addEventListener('error', () => {
      if (!socket.readyState) {
        time().setTimeout(() => {
          if (this.#links.has(id) && !socket.readyState) {
            this.drop(id)
            this.#tell(CLOSED, id, '', 1006)
          }
        }, 0)
      }
    })
  }

  /** Hands a message of this name to the browser; whether it took it. A closing one takes nothing any more. */
  send(id, body, bytes, message) {
    const isTaken = this.#hand(id, body, bytes)
    if (isTaken) {
      const { held, taken } = this.#links.get(id)
      held.push({ message, end: taken })
      if (!this.#isWatched) {
        this.#pause = 0
        this.#lookInATask()
      }
    }
    return isTaken
  }

  /** Hands a message of the session's own to the browser. */
  say(id, ...said) {
    const text = control(...said)
    this.#hand(id, text, wireSize(text))
  }

  #hand(id, body, bytes) {
    const link = this.#links.get(id)
    if (link?.socket.readyState !== 1) return false
    try {
      link.socket.send(body)
    } catch {
      return false
    }
    link.taken += bytes
    return true
  }

  /** The subprotocol that the server chose, empty if none. */
  protocol(id) {
    return this.#links.get(id)?.socket.protocol ?? ''
  }

  /** Begins to close, after what the browser holds. */
  close(id, code, reason) {
    try {
      this.#links.get(id)?.socket.close(code, reason)
    } catch {
      // A code or a reason that was checked before; the link is dropped anyway.
    }
  }

  /** Closes, and tells nothing any more. What listens to `error` stays, and holds this object until the socket is gone. */
  drop(id) {
    const link = this.#links.get(id)
    if (!link) return
    this.#links.delete(id)
    for (const type in link.listeners) link.socket.removeEventListener(type, link.listeners[type])
    link.socket.close()
  }

  /** Drops all links, and what looks after them. */
  end() {
    for (const id of this.#links.keys()) this.drop(id)
    time().clearTimeout(this.#timer)
    // Closes the other end with it.
    this.#channel?.port1.close()
    this.#channel = null
    this.#tell = () => {}
  }

  get #isWatched() {
    return this.#isPosted || this.#timer !== undefined
  }

  get #holdsSomething() {
    return [...this.#links.values()].some(({ held }) => held.length > 0)
  }

  #lookInATask() {
    if (this.#channel === undefined && typeof MessageChannel === 'function') {
      this.#channel = new MessageChannel()
      this.#channel.port1.onmessage = () => {
        this.#isPosted = false
        // A port that is listened to keeps Node's process alive, for as long as nobody closes the session.
        this.#channel?.port1.unref?.()
        const progress = this.#lookAtAll()
        if (this.#holdsSomething && !this.#isWatched) {
          this.#lookAfter(progress ? SHORTEST_LOOK : Math.min(this.#pause * 2 || SHORTEST_LOOK, LONGEST_LOOK))
        }
      }
    }
    if (this.#channel) {
      this.#isPosted = true
      this.#channel.port1.ref?.()
      this.#channel.port2.postMessage(null)
    } else {
      this.#lookAfter(SHORTEST_LOOK)
    }
  }

  #lookAfter(pause) {
    this.#pause = pause
    this.#timer = time().setTimeout(() => {
      this.#timer = undefined
      if (this.#lookAtAll()) this.#pause = 0
      if (this.#holdsSomething && !this.#isWatched) this.#lookInATask()
    }, pause)
  }

  /** Tells what has left since the last look; whether that is anything. */
  #lookAtAll() {
    return [...this.#links.keys()].filter((id) => this.#lookAt(id)).length > 0
  }

  #lookAt(id) {
    const link = this.#links.get(id)
    if (!link?.held.length) return false
    const sent = link.taken - link.socket.bufferedAmount
    const left = link.held.findIndex(({ end }) => end > sent)
    const gone = link.held.splice(0, left < 0 ? link.held.length : left)
    if (gone.length) this.#tell(DRAINED, id, undefined, gone.at(-1).message)
    return gone.length > 0
  }
}
