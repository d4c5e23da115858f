import { notOnNextFrame, onNextFrame } from './frames.js'
import { GateSocketError } from './index.js'

/** So many are shown without waiting for a frame: a tab that is hidden for long has a timer once a minute. */
const BATCH = 1000

/** How many wait for a component that has subscribed and does not render, as one that is suspended. */
const MOST_WAITING = 10_000

/**
 * The messages that one component shows: all that came since its last render and, of those before, as
 * many as its limit allows. None goes before it was rendered once, unless no render comes for {@link MOST_WAITING}.
 */
export class MessageList<T> {
  limit: number
  #shown: readonly T[] = []
  /** How many of `#shown` a render has had. */
  #rendered = 0
  #arrived: T[] = []
  #isLossTold = false
  #listeners = new Set<() => void>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** For `useSyncExternalStore`: another array only when there are messages more. */
  shown = (): readonly T[] => this.#shown

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    // What came while nobody looked, as while StrictMode mounts again.
    if (this.#arrived.length > 0) onNextFrame(this.#show)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) notOnNextFrame(this.#show)
    }
  }

  add = (message: T): void => {
    if (this.limit === 0) return
    if (this.#arrived.push(message) >= BATCH) this.#show()
    else onNextFrame(this.#show)
  }

  /** Begins anew. */
  clear(): void {
    if (this.#shown.length + this.#arrived.length > 0) this.#set([], 0)
  }

  /** Tells which array a render has had. */
  rendered(messages: readonly T[]): void {
    if (messages === this.#shown) this.#rendered = messages.length
  }

  #show = (): void => {
    if (this.#arrived.length === 0) return
    const all = this.#shown.concat(this.#arrived)
    const lost = all.length - this.#rendered - MOST_WAITING
    if (lost > 0 && !this.#isLossTold) console.error(lossOf(MOST_WAITING))
    this.#isLossTold = lost > 0
    const gone = lost > 0 ? this.#rendered + lost : Math.max(0, Math.min(all.length - this.limit, this.#rendered))
    this.#set(all.slice(gone), Math.max(0, this.#rendered - gone))
  }

  #set(shown: readonly T[], rendered: number): void {
    this.#shown = shown
    this.#rendered = rendered
    this.#arrived = []
    for (const listener of [...this.#listeners]) listener()
  }
}

function lossOf(messages: number): GateSocketError {
  return new GateSocketError(
    'buffer-overflow',
    `More than ${messages} messages waited for a component that does not render, as in Suspense; the oldest are lost. ` +
      'Read them above the Suspense, or with useMessage.',
    { messages },
  )
}
