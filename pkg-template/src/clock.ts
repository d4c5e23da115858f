import { dateNow, performanceNow } from '../../src/browser/page.js'

/** How far the wall clock must run ahead to mean that the machine slept, in milliseconds: more than network time corrects in small steps. */
const SLEPT = 2000

/** Time that only moves forward and counts sleep, as `src/browser/clock.rs` has it: `performance.now()` stands still while a machine sleeps. */
export class Clock {
  /** How far the wall clock was ahead at first, and when last read. */
  #origin = dateNow() - performanceNow()
  #ahead = this.#origin
  #slept = 0
  /** What was told last: the wall clock may be put back. */
  #last = 0

  /** What the wall clock showed at a time of this clock. Corrections of the wall clock since then do not change the order. */
  wall(time: number): number {
    return Math.trunc(this.#origin + time)
  }

  /** Milliseconds from a fixed point. */
  now(): number {
    const elapsed = performanceNow()
    const ahead = dateNow() - elapsed
    const jump = ahead - this.#ahead
    this.#ahead = ahead
    if (jump > SLEPT) this.#slept += jump
    return this.#forward(elapsed + this.#slept)
  }

  /**
   * The same by the wall clock alone, which browsers read eight times as fast, for what happens with every message. Wrong by
   * any correction of the wall clock since the last `now`.
   */
  aboutNow(): number {
    return this.#forward(dateNow() - this.#ahead + this.#slept)
  }

  #forward(time: number): number {
    if (time > this.#last) this.#last = time
    return Math.trunc(this.#last)
  }

  /** A time of this clock as `performance.now()` would have had it. */
  performance(time: number): number {
    return time - this.#slept
  }
}
