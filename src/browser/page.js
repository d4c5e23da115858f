import { time } from './time.js'

// What is told, as `driver/happened.rs` reads it.
const TICK = 10
const SIGNALS = { online: 11, offline: 12, visible: 13, hidden: 14, freeze: 15, resume: 16, pagehide: 17, pageshow: 18 }

/**
 * What one session hears from the page and from the network, and its timer. A worker hears from the network only.
 * `tell(event)` is called with what happens, and at once with what is already so.
 */
export class Page {
  #tell
  #timer
  #listeners = []

  constructor(tell) {
    this.#tell = tell
  }

  watch() {
    const { document, navigator } = globalThis
    const tell = (signal) => this.#tell(SIGNALS[signal])
    const on = (target, types, listener) => {
      // Node's global object is no EventTarget.
      if (!target?.addEventListener) return
      for (const type of types) {
        target.addEventListener(type, listener)
        this.#listeners.push(() => target.removeEventListener(type, listener))
      }
    }
    if (navigator?.onLine === false) tell('offline')
    if (document?.visibilityState === 'hidden') tell('hidden')
    on(globalThis, ['online', 'offline'], ({ type }) => tell(type))
    // Into the back/forward cache, and out of it.
    on(globalThis, ['pagehide', 'pageshow'], ({ type, persisted }) => persisted && tell(type))
    on(document, ['freeze', 'resume'], ({ type }) => tell(type))
    on(document, ['visibilitychange'], () => tell(document.visibilityState === 'hidden' ? 'hidden' : 'visible'))
  }

  /** Tells of the end of a wait, in milliseconds, that replaces the one before; a negative one only ends that. */
  wake(pause) {
    time().clearTimeout(this.#timer)
    if (pause >= 0) this.#timer = time().setTimeout(() => this.#tell(TICK), pause)
  }

  /** Tells nothing of the page any more. */
  unwatch() {
    for (const remove of this.#listeners.splice(0)) remove()
  }

  /** By this name the npm package finds what it has to end after a crash. */
  [Symbol.for('gatesocket.end')]() {
    this.unwatch()
    this.wake(-1)
  }
}
