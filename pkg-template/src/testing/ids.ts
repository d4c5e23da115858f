const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** The bytes of an id, and where the one stands that tells connections from requests, in all ids that were recorded. */
const BYTES = 11
const KIND = 8

/**
 * Ids as API Gateway gives them: 11 bytes as URL-safe base64, 16 characters with the `=` at the end. They are the same in
 * every run, so that a test may compare what was rendered with what it was before.
 */
export class Ids {
  #state = 0

  connection(): string {
    return this.#next(0x02)
  }

  request(): string {
    return this.#next(0x05)
  }

  #next(kind: number): string {
    const bytes = Array.from({ length: BYTES }, (_, index) => (index === KIND ? kind : this.#byte()))
    let bits = 0
    let held = 0
    let id = ''
    for (const byte of bytes) {
      bits = (bits << 8) | byte
      for (held += 8; held >= 6; held -= 6) id += LETTERS[(bits >> (held - 6)) & 63]
    }
    return `${id}${LETTERS[(bits << (6 - held)) & 63]}=`
  }

  /** mulberry32 */
  #byte(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 24) & 255
  }
}
