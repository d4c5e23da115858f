import { TIME, time, type Time } from '../time.js'
import { later } from './settle.js'

/** More than that, in milliseconds, fires at once in the page's own timers. */
const LONGEST = 2 ** 31 - 1

/** What `setTimeout` returns: no number, which could be that of a timer of the page. */
class Timer {
  /** The timer of the page that stands behind it. */
  behind: ReturnType<typeof setTimeout> | undefined

  /** @param at when it is due, by the clock */
  constructor(
    readonly at: number,
    readonly handler: () => void,
  ) {}
}

/**
 * The time of sessions and of fake gateways: that of the page, fake timers of a test runner included, and what
 * {@link advance} adds to it. Timers of the page itself are left alone, so that React, Testing Library and the code under
 * test go on as ever.
 */
export class Clock implements Time {
  #uses = 0
  #now = 0
  /** What the page's own clock showed last. */
  #seen = performance.now()
  #epoch = Date.now()
  #timers = new Set<Timer>()
  /** Whether an advance is under way, which fires every timer itself. */
  #isAdvancing = false

  /** The clock that is in the page's place, or a new one. Give it back with {@link release}. */
  static acquire(): Clock {
    const present = time()
    const clock = present instanceof Clock ? present : new Clock()
    clock.#uses++
    ;(globalThis as { [TIME]?: Time })[TIME] = clock
    return clock
  }

  /** After the last user the page has its time back, and the timers of what lived by this clock never fire. */
  release(): void {
    if (--this.#uses > 0) return
    if (time() === this) delete (globalThis as { [TIME]?: Time })[TIME]
    for (const timer of this.#timers) this.clearTimeout(timer)
  }

  performance = { now: () => this.now() }

  /** No wall clock of its own: a difference between the two means to a session that the machine has slept. */
  Date = { now: () => Math.floor(this.#epoch + this.now()) }

  /** Milliseconds since it began. */
  now(): number {
    const seen = performance.now()
    // A test runner that puts its own clock there, or takes it away, begins with another time.
    this.#now += Math.max(0, seen - this.#seen)
    this.#seen = seen
    return this.#now
  }

  setTimeout(handler: () => void, milliseconds: number): Timer {
    const timer = new Timer(this.now() + milliseconds, handler)
    this.#timers.add(timer)
    this.#arm(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    const isOurs = timer instanceof Timer
    if (isOurs) this.#timers.delete(timer)
    clearTimeout(isOurs ? timer.behind : (timer as number))
  }

  /** Soon: what has been sent by now arrives before it, and a test need not wait for frames. */
  requestAnimationFrame(handler: () => void): { isCancelled: boolean } {
    const frame = { isCancelled: false }
    later(() => {
      if (!frame.isCancelled) handler()
    })
    return frame
  }

  cancelAnimationFrame(frame: unknown): void {
    ;(frame as { isCancelled: boolean }).isCancelled = true
  }

  /** Moves on, from one timer to the next; `settle` waits until everything has happened that one of them led to. */
  async advance(milliseconds: number, settle: () => Promise<void>): Promise<void> {
    const end = this.now() + milliseconds
    this.#isAdvancing = true
    try {
      await settle()
      for (let next = this.#next(end); next; next = this.#next(end)) {
        this.#moveTo(next.at)
        this.clearTimeout(next)
        next.handler()
        await settle()
      }
    } finally {
      this.#isAdvancing = false
    }
    this.#moveTo(end)
    for (const timer of this.#timers) this.#arm(timer)
  }

  #moveTo(time: number): void {
    this.#now = Math.max(this.now(), time)
  }

  #next(end: number): Timer | undefined {
    const [first] = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)
    return first
  }

  #arm(timer: Timer): void {
    clearTimeout(timer.behind)
    const wait = timer.at - this.now()
    timer.behind = setTimeout(() => {
      if (this.#isAdvancing) return
      if (wait > LONGEST) return this.#arm(timer)
      this.#timers.delete(timer)
      timer.handler()
    }, Math.min(wait, LONGEST))
  }
}
