// What sessions have of the page around them: its time, its signals, its log of measurements and its report of errors. One
// file for all of it: each file is a request where no bundler joins them.

/**
 * Where the time of sessions comes from: the page itself, or what stands in for it in a test. It is asked for every
 * time, because the fake timers of a test runner are put into the page's place and taken out again at any time.
 */
export const time = () => globalThis[Symbol.for('gatesocket.time')] ?? globalThis

export const performanceNow = () => time().performance.now()
export const dateNow = () => time().Date.now()

// What is told, as `driver/happened.rs` reads it.
const TICK = 10
const SIGNALS = { online: 11, offline: 12, visible: 13, hidden: 14, freeze: 15, resume: 16, pagehide: 17, pageshow: 18 }

/**
 * What one session hears from the page and from the network, and its timer. A worker hears from the network only.
 * `tell(event, 0, undefined, 0)`, which takes as much as that of links.js, is called with what happens, and at once with
 * what is already so.
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
    const tell = (signal) => this.#tell(SIGNALS[signal], 0, undefined, 0)
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
    if (pause >= 0) this.#timer = time().setTimeout(() => this.#tell(TICK, 0, undefined, 0), pause)
  }

  /** Tells nothing of the page any more. */
  unwatch() {
    for (const remove of this.#listeners.splice(0)) remove()
  }

  /** Does nothing any more. */
  end() {
    this.unwatch()
    this.wake(-1)
  }
}

/**
 * Writes an entry of User Timing, with times as `performance.now()` has them: for the Performance panel of a
 * browser's tools, and for whoever observes entries of the type `measure`.
 *
 * A page keeps all entries for as long as it lives, and a session may reconnect for weeks. So the last entry of a
 * name is taken away before the next: observers and a recording of the panel have seen it by then.
 */
export function measured(step, link, start, end, ok) {
  const name = `gatesocket ${step}`
  // Chrome DevTools, "Customize your performance data with the extensibility API".
  const devtools = { track: 'gatesocket', color: ok ? 'primary' : 'error' }
  try {
    performance.clearMeasures?.(name)
    performance.measure?.(name, { start, end, detail: { link, ok, devtools } })
  } catch {
    // A page may have put something of its own in their place; a session works without.
  }
}

/** Calls a user's function. What it throws is reported as any uncaught error of the page. */
export function call(callback, value, more) {
  try {
    callback(value, more)
  } catch (thrown) {
    report(thrown)
  }
}

export function report(thrown) {
  if (typeof reportError === 'function') reportError(thrown)
  // Node has no reportError: an unhandled rejection is what such a place reports.
  else void Promise.reject(thrown)
}
