import type { HeartbeatOptions } from '../../types/compat/react-use-websocket.js'
import { call } from './call.js'

const INTERVAL = 25_000
const TIMEOUT = 60_000

/** What a heartbeat is about. */
export interface Beating {
  /** Of a component that asks for one by now. */
  heartbeat(): HeartbeatOptions | true | null
  ping(message: string): void
  /** Nothing answers any more. */
  giveUp(): void
}

/**
 * Sends a message while nothing arrives, and gives a connection up that answers nothing. Only one that was asked: a
 * timer that comes late, because the machine slept or the page is hidden, proves nothing about the other side.
 */
export class Heartbeat {
  #of: Beating
  #timer: ReturnType<typeof setInterval>
  #period: number
  /** When something arrived last, or when waiting began anew. */
  #heard = Date.now()
  /** When it was asked first since then. */
  #asked: number | null = null
  #sent = Date.now()
  #looked = Date.now()

  constructor(of: Beating) {
    this.#of = of
    this.#period = Math.max(100, this.#settings().interval / 10)
    this.#timer = setInterval(() => this.#look(), this.#period)
  }

  /** Something has arrived. */
  heard(): void {
    this.#heard = Date.now()
    this.#asked = null
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #settings() {
    const given = this.#of.heartbeat()
    const { interval = INTERVAL, timeout = TIMEOUT, message = 'ping' } = given === true || !given ? {} : given
    return { interval, timeout, message, isWanted: Boolean(given) }
  }

  #look(): void {
    const { interval, timeout, message, isWanted } = this.#settings()
    const now = Date.now()
    const isLate = now - this.#looked > 2 * this.#period + 1000
    this.#looked = now
    if (!isWanted) return
    if (isLate) {
      this.heard()
      this.#sent = -Infinity
    } else if (this.#asked !== null) {
      // Where the timeout comes before the first question is due, the answer gets all of it.
      const grace = interval < timeout ? timeout - interval : timeout
      if (now - this.#heard >= timeout && now - this.#asked >= grace) {
        console.warn(`gatesocket: nothing arrived for ${now - this.#heard} ms in spite of heartbeats; the connection is given up.`)
        return this.#of.giveUp()
      }
    }
    if (isLate || (now - this.#heard >= interval && now - this.#sent >= interval)) {
      const text = typeof message === 'function' ? call(message) : message
      if (text === undefined) return
      this.#sent = now
      this.#asked ??= now
      this.#of.ping(text)
    }
  }
}
