import { notOnNextFrame, onNextFrame } from './frames.js'

/**
 * The messages that one component shows: all that came since its last render and, of those before, as
 * many as its limit allows. None goes before it was rendered once.
 */
export class MessageList<T> {
  limit: number
  #shown: readonly T[] = []
  /** How many of `#shown` a render has had. */
  #rendered = 0
  #arrived: T[] = []
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
    this.#arrived.push(message)
    onNextFrame(this.#show)
  }

  /** Tells which array a render has had. */
  rendered(messages: readonly T[]): void {
    if (messages === this.#shown) this.#rendered = messages.length
  }

  #show = (): void => {
    const excess = this.#shown.length + this.#arrived.length - this.limit
    const gone = Math.max(0, Math.min(excess, this.#rendered))
    this.#shown = this.#shown.slice(gone).concat(this.#arrived)
    this.#rendered -= gone
    this.#arrived = []
    for (const listener of [...this.#listeners]) listener()
  }
}
