import { GateSocketError } from './error.js'
import { report } from './events.js'
import { sentence } from './sentences.js'

type Exported = (...given: unknown[]) => unknown

/**
 * Stands between JavaScript and one instance of the core. Whatever leaves the wasm by being thrown (a trap, the end of
 * the stack, an error of a function of the page that was called from there) leaves it in the middle of its work, and it
 * must never be entered again. Then what it holds in the page is released, and whoever depends on it is told.
 */
export class Guard {
  readonly affected = new Set<(crash: GateSocketError) => void>()
  #thrown: { value: unknown } | undefined
  #crash: GateSocketError | undefined
  #isTold = false
  /** How many calls into the wasm are under way, one within the other. */
  #depth = 0
  #exports: WebAssembly.Exports = {}

  get crash(): GateSocketError | undefined {
    if (!this.#thrown) return undefined
    this.#tellSoon()
    if (!this.#crash) {
      this.#crash = new GateSocketError('crashed', sentence('crashed'))
      this.#crash.cause = this.#thrown.value
    }
    return this.#crash
  }

  /** An instance's exports, all of them guarded. */
  instantiate(module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Exports {
    this.#exports = new WebAssembly.Instance(module, imports).exports
    const guard = ([name, value]: [string, WebAssembly.ExportValue]) => {
      // Methods of the class are called by the facade, which must hear that they failed. Everything else is called by the
      // page's events and by the engine: for them a crash is over once the sessions are told.
      return [name, typeof value === 'function' ? this.#guard(value as Exported, name.startsWith('core_')) : value]
    }
    return Object.fromEntries(Object.entries(this.#exports).map(guard))
  }

  #guard(run: Exported, isMethod: boolean): Exported {
    return (...given) => {
      // A callback of a session that has ended with it, or a call from what is yet to return from the crash.
      if (this.#thrown) return this.#tellSoon()
      this.#depth++
      try {
        return run(...given)
      } catch (thrown) {
        this.#thrown ??= { value: thrown }
        // At the end of the stack this throws once more, and is tried again by whoever comes next.
        this.#tellSoon()
        if (isMethod || this.#depth > 1) throw this.crash
      } finally {
        this.#depth--
        if (this.#thrown) this.#tellSoon()
      }
    }
  }

  /** When all has returned, from the wasm too: it may have made more timers on its way. */
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

  /** Ends what the core had in the page, all of which belongs to objects in its table of JavaScript values. */
  #release(): void {
    const table = this.#exports.__wbindgen_externrefs as WebAssembly.Table
    for (let index = 0; index < table.length; index++) {
      try {
        const held = table.get(index) as { [END]?: () => void } | null | undefined
        held?.[END]?.()
      } catch {
        // A Proxy of the page's own.
      }
    }
  }
}

/** The name of what ends an object: `src/browser/links.js`, `src/browser/page.js`. */
const END = Symbol.for('gatesocket.end')
