import { time as pageTime } from '../../src/browser/page.js'

/** The functions of a page that have to do with time. */
export interface Time {
  performance: { now(): number }
  Date: { now(): number }
  setTimeout(handler: () => void, milliseconds: number): unknown
  clearTimeout(id: unknown): void
  requestAnimationFrame?(handler: () => void): unknown
  cancelAnimationFrame?(id: unknown): void
}

/** The place of {@link time}: a symbol, for several copies of the package in a page. */
export const TIME = Symbol.for('gatesocket.time')

/** Where time comes from: the page itself, or what stands in for it in a test (`gatesocket/testing`). */
export const time = pageTime as () => Time
