type Listener = (event: never) => void

/** Listeners by event name. A listener may be added or removed while an event is told. */
export class Emitter<Events extends object> {
  /** Replaced, never changed, so that an event in progress goes on with the listeners it began with. */
  #listeners: { [Name in keyof Events]?: readonly Listener[] } = {}
  #offs = new Set<() => void>()

  has(name: keyof Events): boolean {
    return Boolean(this.#listeners[name]?.length)
  }

  on(name: keyof Events, listener: Listener, signal?: AbortSignal): () => void {
    if (signal?.aborted) return () => {}
    // A function of our own, so that the same listener added twice is called twice and removed once.
    let removed = false
    const own: Listener = (event) => {
      if (!removed) listener(event)
    }
    const off = () => {
      removed = true
      this.#listeners[name] = (this.#listeners[name] ?? []).filter((other) => other !== own)
      this.#offs.delete(off)
      signal?.removeEventListener('abort', off)
    }
    this.#listeners[name] = [...(this.#listeners[name] ?? []), own]
    signal?.addEventListener('abort', off)
    this.#offs.add(off)
    return off
  }

  /** Removes every listener, here and on the AbortSignals. */
  clear(): void {
    for (const off of [...this.#offs]) off()
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners[name] ?? []) {
      try {
        listener(event as never)
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
