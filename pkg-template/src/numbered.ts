import { GateSocketError } from './error.js'
import { time } from './time.js'

/** How long a hole may stay, in milliseconds: what two links bring, or a fan-out in parallel, comes in any order. */
const PATIENCE = 500
/** How many messages are held behind a hole. Those beyond come again with the answer that fills it. */
const MOST = 1000
/** How long after a question that failed it is asked again, in milliseconds, at first and at most. */
const SHORTEST = 1000
const LONGEST = 30_000

/** A message; `undefined` is one that the schema refused, which has its number all the same. */
export type Box = readonly [message: unknown] | undefined

/** What the backend has kept after a number. */
export interface Page {
  /** Ascending. */
  messages: (readonly [number: number, message: Box])[]
  /** The newest number of the room. */
  newest: number
  /** The first number that is kept. */
  oldest: number
}

export interface Source {
  /** Asks the backend once. */
  ask(after: number): Promise<Page>
  tell(message: Box, number: number): void
  /** The messages with these numbers, the last included, can't be had any more. */
  miss(from: number, to: number): void
  /** A question has failed more than once. */
  failed(error: unknown): void
  /** Resolves after so many milliseconds, or sooner where a question may work by then. */
  pause(milliseconds: number): Promise<void>
}

/** Tells the messages of a numbered room in their order, each once, and asks for those that did not come. */
export class Numbered {
  /** The last number that was told; null until it is known where to begin. */
  at: number | null = null
  #source: Source
  #newest = 0
  #held = new Map<number, Box>()
  #timer: unknown
  #isAsking = false

  constructor(source: Source) {
    this.#source = source
  }

  /** A message has come. */
  take(number: number, message: Box): void {
    if (this.#held.size < MOST || number - 1 === this.at) this.#held.set(number, message)
    this.pass()
    this.reach(number)
  }

  /** The room has a message of this number. */
  reach(number: number): void {
    this.#newest = Math.max(this.#newest, number)
    if (this.at !== null && this.at < this.#newest && !this.#timer) this.#look(PATIENCE)
  }

  /** The backend says, now or again, which number was the newest when the room was joined. */
  begin(number: number): void {
    this.at ??= number
    this.#newest = Math.max(this.#newest, number)
    // Above it: messages were missed. Below it: they came meanwhile, or the numbering has begun anew.
    if (!this.#isAsking) this.#look(0, number !== this.at)
  }

  end(): void {
    time().clearTimeout(this.#timer)
    this.at = Infinity
    this.#held.clear()
  }

  /** Tells what is held up to the next hole; up to `end` whatever is missing. */
  pass(end = 0): void {
    if (this.at === null) return
    for (const number of [...this.#held.keys()].sort((one, other) => one - other)) {
      if (number > end && number > this.at + 1) break
      const message = this.#held.get(number)
      this.#held.delete(number)
      if (number <= this.at) continue
      this.#missTo(number - 1)
      this.at = number
      this.#source.tell(message, number)
    }
    this.#missTo(end)
  }

  #missTo(end: number): void {
    const from = this.at! + 1
    if (from > end) return
    this.at = end
    this.#source.miss(from, end)
  }

  #look(patience: number, isDoubtful = false): void {
    time().clearTimeout(this.#timer)
    this.#timer = time().setTimeout(() => {
      this.#timer = undefined
      this.pass()
      if (!isDoubtful && (!patience || this.at! >= this.#newest)) this.reach(0)
      else if (!this.#isAsking) void this.#ask()
    }, patience)
  }

  async #ask(): Promise<void> {
    this.#isAsking = true
    let pause = SHORTEST
    do {
      const after = this.at!
      try {
        const { messages, newest, oldest } = await this.#source.ask(after)
        if (newest < after) {
          // The backend has lost its numbers.
          this.#held.clear()
          this.at = this.#newest = newest
        }
        for (const [number, message] of messages) this.#held.set(number, message)
        this.pass(messages.at(-1)?.[0] ?? oldest - 1)
        if (this.at === after && after < this.#newest) {
          throw new GateSocketError('refused', `The room has message ${this.#newest}, and the backend none after ${after}.`)
        }
        pause = SHORTEST
      } catch (error) {
        if (this.at === Infinity) return
        if (pause > SHORTEST) this.#source.failed(error)
        await this.#source.pause(pause)
        pause = Math.min(pause * 2, LONGEST)
      }
    } while (this.at! < this.#newest)
    this.#isAsking = false
  }
}
