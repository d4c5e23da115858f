// What the components of one measurement did, counted in the page.

/** How often each component rendered and which messages its effects have seen. A message has a `number` from 0. */
export class Tally {
  #seen
  #renders
  #last
  #distinct
  /** Those that are to see the messages. */
  #readers
  #waiting
  #resolve

  /** Of so many components, all are to see these many messages, or a single one is. */
  constructor(components, messages, reader) {
    this.#seen = Array.from({ length: components }, () => new Uint8Array(messages))
    this.#renders = new Uint32Array(components)
    this.#distinct = new Uint32Array(components)
    this.#last = messages - 1
    this.#readers = reader === undefined ? [...this.#seen.keys()] : [reader]
    this.#waiting = new Set(this.#readers)
    this.over = new Promise((resolve) => (this.#resolve = resolve))
  }

  rendered(component) {
    this.#renders[component]++
  }

  /** An effect of a component has had this message. */
  saw(component, { number }) {
    const seen = this.#seen[component]
    if (!seen[number]) {
      seen[number] = 1
      this.#distinct[component]++
    }
    // On the clock of the server, which is on the same machine.
    if (number === this.#last && this.#waiting.delete(component) && this.#waiting.size === 0) this.#resolve(Date.now())
  }

  /** Ends the wait: for a component that never saw the last message it would have no end. */
  giveUp() {
    this.#resolve(Date.now())
  }

  figures() {
    const distinct = this.#readers.map((reader) => this.#distinct[reader])
    return {
      renders: [...this.#renders],
      seen: distinct.reduce((sum, count) => sum + count, 0) / distinct.length,
    }
  }
}
