import { flushSync } from 'react-dom'
import { report } from '../events.js'
import { onNextFrame, notOnNextFrame } from '../frames.js'

/** A message, and what it is as JSON. */
export interface Received {
  event: MessageEvent
  json: unknown
}

const NO_JSON = {}

/** What a session made of a text is its JSON, or the text itself where it is none: JSON puts a text into quotation marks. */
export function receivedAs(message: unknown, event: MessageEvent): Received {
  const isJson = typeof event.data === 'string' && message !== event.data
  return { event, json: isJson ? message : NO_JSON }
}

const due = new Set<Screen>()
let isShowing = false

/**
 * What one component shows of the messages: each by a render of its own, so that an effect on `lastMessage` sees every
 * one. A component that has never read the last message is rendered once for a frame instead.
 */
export class Screen {
  /** Whether the component reads the last message. */
  isRead = false
  #show: (received: Received | null) => void
  #waiting: Received[] = []
  /** Given to React, and not rendered yet. */
  #given: Received | null = null
  /** The last one that came and was not shown yet, to a component that does not read it. */
  #last: Received | null = null

  constructor(show: (received: Received | null) => void) {
    this.#show = show
  }

  add(received: Received): void {
    if (!this.isRead) {
      this.#last = received
      return onNextFrame(this.#showLast)
    }
    if (this.#last) this.#waiting.push(this.#last)
    this.#forgetLast()
    this.#waiting.push(received)
    due.add(this)
  }

  get isReady(): boolean {
    return !this.#given
  }

  /** Gives the next message to React. */
  next(): void {
    const next = this.#waiting.shift()
    if (this.#waiting.length === 0) due.delete(this)
    if (!next) return
    this.#given = next
    this.#show(next)
  }

  /** A render with this message is on the page. */
  rendered(received: Received | null): void {
    if (received !== this.#given) return
    this.#given = null
    // Where React could not render at once: while it rendered, or while the component was suspended.
    if (!isShowing && due.has(this)) queueMicrotask(showAll)
  }

  /** Forgets what has not been rendered. */
  clear(): void {
    this.#waiting = []
    this.#given = null
    due.delete(this)
    this.#forgetLast()
    this.#show(null)
  }

  #showLast = (): void => {
    this.#show(this.#last)
    this.#last = null
  }

  #forgetLast(): void {
    this.#last = null
    notOnNextFrame(this.#showLast)
  }
}

/** Renders what has come: one message after another, each in all components at once. */
export function showAll(): void {
  if (isShowing) return
  isShowing = true
  try {
    for (let ready = readyOnes(); ready.length > 0; ready = readyOnes()) {
      showNow(() => ready.forEach((screen) => screen.next()))
    }
  } finally {
    isShowing = false
  }
}

function readyOnes(): Screen[] {
  return [...due].filter((screen) => screen.isReady)
}

/** Renders a change before this returns. What a component throws is for React's error boundaries, and else reported. */
export function showNow(change: () => void): void {
  try {
    flushSync(change)
  } catch (thrown) {
    report(thrown)
  }
}
