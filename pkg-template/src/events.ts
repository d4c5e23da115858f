import type { Events } from '../types/index.js'

type Name = keyof Events
type Listener = (event: never) => void

/** Listeners by event name. A listener may be added or removed while an event is told. */
export class Emitter {
  #listeners = new Map<Name, Set<Listener>>()
  #offs = new Set<() => void>()

  has(name: Name): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  on(name: Name, listener: Listener, signal?: AbortSignal): () => void {
    if (signal?.aborted) return () => {}
    // A function of our own, so that the same listener added twice is called twice and removed once.
    const own: Listener = (event) => listener(event)
    const off = () => {
      this.#listeners.get(name)?.delete(own)
      this.#offs.delete(off)
      signal?.removeEventListener('abort', off)
    }
    const set = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, set.add(own))
    signal?.addEventListener('abort', off)
    this.#offs.add(off)
    return off
  }

  /** Removes every listener, here and on the AbortSignals. */
  clear(): void {
    for (const off of [...this.#offs]) off()
  }

  emit<N extends Name>(name: N, event: Events[N]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(event as never)
      } catch (thrown) {
        // One listener's fault is reported as any uncaught error and does not stop the others.
        report(thrown)
      }
    }
  }
}

function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown)
  else void Promise.reject(thrown)
}
