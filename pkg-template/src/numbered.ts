import type { RoomEvents } from '../types/index.js'
import { Emitter } from './events.js'
import { time } from './time.js'

const enum Limit {
  /** How long a hole may stay, in milliseconds: what two links bring, or a fan-out in parallel, comes in any order. */
  Patience = 500,
  /** How many messages are held behind a hole. Those beyond come again with the answer that fills it. */
  Held = 1000,
}

/** A message; `undefined` is one that the schema refused, which has its number all the same. */
export type Box = readonly [message: unknown] | undefined

/** What the backend has after a number: messages; the newest number of the room; the last up to which this is all it has. */
export type Page = [messages: [number: number, message: Box][], newest: number, end: number]

/** One use of a room. Tells the messages of a numbered one in their order, each once, and asks for those that did not come. */
export class Numbered extends Emitter<RoomEvents> {
  #page: (after: number) => Promise<Page>
  /** How many messages of before it begins with. */
  #history: number
  /** The newest number when it began: what was gone by then was not missed. */
  #start = 0
  /** The last number that was told; null until it has begun. */
  #at: number | null = null
  #newest = 0
  #held = new Map<number, Box>()
  #timer: unknown
  #isAsking = false

  constructor(page: (after: number) => Promise<Page>, history: number) {
    super()
    this.#page = page
    this.#history = history
  }

  /** A message has come. */
  take(number: number, message: Box): void {
    if (this.#held.size < Limit.Held || number - 1 === this.#at) this.#held.set(number, message)
    this.#pass()
    this.reach(number)
  }

  /** The room has a message of this number. */
  reach(number: number): void {
    this.#newest = Math.max(this.#newest, number)
    if (this.#at !== null && this.#at < this.#newest && !this.#timer) this.#look(Limit.Patience)
  }

  /** The room has been joined, now or again, when this number was the newest. */
  begin(number: number): void {
    if (this.#at === null) {
      this.#start = number
      this.#at = Math.max(0, number - this.#history)
    }
    this.#newest = Math.max(this.#newest, number)
    // Above it: messages were missed. Below it: they came meanwhile, or the numbering has begun anew.
    if (!this.#isAsking) this.#look(0, number !== this.#at)
  }

  /** Nothing is told any more; an answer that is waited for is the last. */
  override clear(): void {
    super.clear()
    time().clearTimeout(this.#timer)
  }

  /** Tells what is held up to the next hole; up to `end` whatever is missing. */
  #pass(end = 0): void {
    if (this.#at === null) return
    for (const number of [...this.#held.keys()].sort((one, other) => one - other)) {
      if (number > end && number > this.#at + 1) break
      const message = this.#held.get(number)
      this.#held.delete(number)
      if (number <= this.#at) continue
      this.#missTo(number - 1)
      this.#at = number
      if (message) this.emit('message', message[0])
    }
    this.#missTo(end)
  }

  #missTo(to: number): void {
    const from = Math.max(this.#at!, this.#start) + 1
    this.#at = Math.max(this.#at!, to)
    if (from <= to) this.emit('gap', { from, to })
  }

  #look(patience: number, isDoubtful = false): void {
    time().clearTimeout(this.#timer)
    this.#timer = time().setTimeout(() => {
      this.#timer = undefined
      this.#pass()
      if (!isDoubtful && (!patience || this.#at! >= this.#newest)) this.reach(0)
      // It fails where nobody wants the answer any more.
      else if (!this.#isAsking) this.#ask().catch(() => {})
    }, patience)
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    do {
      const after = this.#at!
      const before = this.#newest
      const [messages, newest, end] = await this.#page(after)
      // The backend has lost its numbers, or has no more than what was told; or a newer one came meanwhile.
      if (newest <= after && this.#newest === before) this.#newest = newest
      if (newest < after) this.#at = newest
      for (const [number, message] of messages) this.#held.set(number, message)
      this.#pass(end)
    } while (this.#at! < this.#newest)
    this.#isAsking = false
  }
}
