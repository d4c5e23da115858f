import type { Match } from '../../types/index.js'
import type { MessageMatch, WaitOptions } from '../../types/testing.js'
import { matches } from '../match.js'
import { awaited, within } from './settle.js'

/** How long a test waits before it fails, in milliseconds: a little less than the runners let a whole test take. */
const PATIENCE = 4_000

/** What comes one after the other and is waited for, each only once. */
export class Inbox<Item> {
  readonly all: Item[] = []
  #new: Item[] = []
  #waiting = new Set<() => void>()
  #isClosed = false

  add(item: Item): void {
    this.all.push(item)
    this.#new.push(item)
    for (const look of [...this.#waiting]) look()
  }

  /** Nothing more will come. */
  close(): void {
    this.#isClosed = true
    for (const look of [...this.#waiting]) look()
  }

  /** The first that fits and was not taken before, now or when it comes; `late` says what came instead. */
  take(isWanted: (item: Item) => boolean, late: () => string, { timeout = PATIENCE }: WaitOptions = {}): Promise<Item> {
    let look = () => {}
    const item = new Promise<Item>((resolve, reject) => {
      look = () => {
        const index = this.#new.findIndex(isWanted)
        if (index >= 0) resolve(this.#new.splice(index, 1)[0]!)
        else if (this.#isClosed) reject(new Error('The fake gateway was disposed of while a test waited for it.'))
        else return
        this.#waiting.delete(look)
      }
      this.#waiting.add(look)
      look()
    })
    const taken = awaited(() => within(timeout, item, late)).finally(() => this.#waiting.delete(look))
    // A test may have ended without it.
    taken.catch(() => {})
    return taken
  }
}

/** Waits for a message. */
export function takeMessage(inbox: Inbox<unknown>, match?: MessageMatch, options?: WaitOptions): Promise<unknown> {
  const isFunction = typeof match === 'function'
  const isWanted = (message: unknown) => (isFunction ? match(message) : matches(message, (match ?? {}) as Match))
  const late = () => {
    const fitting = match === undefined ? '' : ` that fits ${isFunction ? match : JSON.stringify(match)}`
    const others = inbox.all.length === 0 ? 'None did at all.' : `All that did: ${JSON.stringify(inbox.all)}`
    return `No message${fitting} arrived in time. ${others}`
  }
  return inbox.take(isWanted, late, options)
}
