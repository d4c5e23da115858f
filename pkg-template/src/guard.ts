import { version } from '../package.json'
import { GateSocketError } from './error.js'
import { report } from './events.js'
import { sentence } from './sentences.js'
import { decodeText } from './text.js'
import type { Wasm } from './core.js'

/**
 * One instance of the core, and what stands between the page and the drivers of its sessions. Whatever leaves these by being
 * thrown (a trap of the wasm, the end of the stack, an error of a function of the page that was called from there) leaves
 * them in the middle of their work, and they must never be entered again. Then what they hold in the page is released, and
 * whoever depends on them is told.
 */
export class Guard {
  readonly wasm: Wasm
  /** What the wasm has written, which its driver takes away. */
  readonly row: unknown[] = []
  /** Who must hear of a crash: sessions, and those who wait for a promise that nobody else would settle then. */
  readonly affected = new Set<(crash: GateSocketError) => void>()
  /** What sessions have in the page. */
  readonly held = new Set<{ end(): void }>()
  #thrown: { value: unknown } | undefined
  #crash: GateSocketError | undefined
  #isTold = false
  /** How many calls into the wasm are under way, one within the other. */
  #depth = 0
  #registry: FinalizationRegistry<number> | undefined

  constructor(module: WebAssembly.Module) {
    const text = (at: number, size: number) => decodeText(new Uint8Array(this.wasm.memory.buffer, at, size))
    const js = {
      number: (number: number) => this.row.push(number),
      text: (at: number, size: number) => this.row.push(text(at, size)),
      // In development.
      panicked: (at: number, size: number) => console.error(text(at, size)),
    }
    this.wasm = new WebAssembly.Instance(module, { js }).exports as unknown as Wasm
    // One of another version may import the same, and mean something else by what it exports.
    let hash = 0
    for (const letter of version) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0
    if (this.wasm.version?.() !== hash) throw new TypeError(`not the core of ${version}`)
    if (typeof FinalizationRegistry === 'function') {
      this.#registry = new FinalizationRegistry(this.guarded((session) => this.wasm.free(session)))
    }
  }

  /** Frees a session when its driver is not used any more. */
  frees(driver: object, session: number): void {
    this.#registry?.register(driver, session)
  }

  get crash(): GateSocketError | undefined {
    if (!this.#thrown) return undefined
    this.#tellSoon()
    if (!this.#crash) {
      this.#crash = new GateSocketError('crashed', sentence('crashed'))
      this.#crash.cause = this.#thrown.value
    }
    return this.#crash
  }

  /**
   * A function that is not entered any more after a crash. `isMethod` are those which the facade calls, and it must hear that
   * they failed. Everything else is called by the page's events and by the engine: for them a crash is over once the sessions
   * are told.
   */
  guarded<Given extends unknown[], Result>(run: (...given: Given) => Result, isMethod = false): (...given: Given) => Result {
    return (...given) => {
      // A callback of a session that has ended with it, or a call from what is yet to return from the crash.
      if (this.#thrown) return this.#tellSoon() as Result
      this.#depth++
      try {
        return run(...given)
      } catch (thrown) {
        this.#thrown ??= { value: thrown }
        // At the end of the stack this throws once more, and is tried again by whoever comes next.
        this.#tellSoon()
        if (isMethod || this.#depth > 1) throw this.crash
        return undefined as Result
      } finally {
        this.#depth--
        if (this.#thrown) this.#tellSoon()
      }
    }
  }

  /** When all has returned, from the driver too: it may have made more timers on its way. */
  #tellSoon(): void {
    if (this.#isTold) return
    queueMicrotask(() => {
      this.#release()
      for (const hear of [...this.affected]) {
        try {
          hear(this.crash!)
        } catch (thrown) {
          // As a console.error that fails a test: the others must hear all the same.
          report(thrown)
        }
      }
      this.affected.clear()
    })
    this.#isTold = true
  }

  #release(): void {
    for (const one of this.held) {
      try {
        one.end()
      } catch {
        // A function of the page's own.
      }
    }
    this.held.clear()
  }
}
