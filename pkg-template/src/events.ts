type Listener = (event: never) => void

/** Listeners by event name. */
export class Emitter<Events extends object> {
  /** By the function that removes each, so that the same one added twice is called twice and removed once. */
  #listeners: { [Name in keyof Events]?: Map<() => void, Listener> } = {}
  /** The same as they are told, until one is added or removed: a list anew for every message would cost more than all else here. */
  #told: { [Name in keyof Events]?: [() => void, Listener][] | undefined } = {}

  has(name: keyof Events): boolean {
    return Boolean(this.#listeners[name]?.size)
  }

  on(name: keyof Events, listener: Listener, signal?: AbortSignal): () => void {
    const listeners = (this.#listeners[name] ??= new Map<() => void, Listener>())
    const off = () => {
      listeners.delete(off)
      this.#told[name] = undefined
      signal?.removeEventListener('abort', off)
    }
    if (!signal?.aborted) {
      listeners.set(off, listener)
      this.#told[name] = undefined
      signal?.addEventListener('abort', off)
    }
    return off
  }

  /** Removes every listener, here and on the AbortSignals. */
  clear(): void {
    for (const name in this.#listeners) {
      for (const off of this.#listeners[name]!.keys()) off()
    }
  }

  /** Tells those that listen now, but for those that are removed meanwhile. */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const listeners = this.#listeners[name]
    if (!listeners) return
    for (const [off, listener] of (this.#told[name] ??= [...listeners])) {
      try {
        if (listeners.has(off)) listener(event as never)
      } catch (thrown) {
        // One listener's fault is reported as any uncaught error and does not stop the others.
        report(thrown)
      }
    }
  }
}

export function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown)
  else void Promise.reject(thrown)
}
