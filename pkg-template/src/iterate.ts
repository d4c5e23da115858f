import type { GateSocket, Match, MessageIterator } from '../types/index.js'
import { aborted } from './abort.js'
import { GateSocketError } from './error.js'
import { readIterateOptions } from './options.js'

/** The messages of a session from now on, kept until they are taken. */
export class Messages implements MessageIterator<unknown> {
  dropped = 0
  #kept: unknown[] = []
  /** Those who wait for a message, or for the end. */
  #wakers: (() => void)[] = []
  /** How the iteration ended: with an error, or without one. */
  #end: { error?: unknown } | null = null
  #controller = new AbortController()

  constructor(socket: GateSocket, options: unknown) {
    const { match, buffer = 1024, overflow = 'error', signal } = readIterateOptions(options)
    const own = { signal: this.#controller.signal }
    const take = (message: unknown) => {
      if (this.#kept.length === buffer) {
        if (overflow === 'error') {
          const error = new GateSocketError(
            'buffer-overflow',
            `More than ${buffer} messages waited to be taken. Take them faster, or pass a larger buffer, or overflow: 'dropOldest'.`,
            { messages: buffer },
          )
          return this.#finish({ error })
        }
        this.#kept.shift()
        this.dropped++
      }
      this.#kept.push(message)
      this.#wakers.shift()?.()
    }
    const ended = () =>
      socket.ready().catch((error: GateSocketError) => this.#finish(error.code === 'closed' ? {} : { error }))
    const abort = () => this.#finish({ error: aborted() })
    if (signal?.aborted) abort()
    else if (socket.status === 'closed') void ended()
    else {
      socket.on('message', match as Match, take, own)
      socket.on('status', (status) => status === 'closed' && void ended(), own)
      signal?.addEventListener('abort', abort, own)
    }
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#kept.length > 0) return { done: false, value: this.#kept.shift() }
    if (!this.#end) return new Promise((resolve) => this.#wakers.push(() => resolve(this.next())))
    const { error } = this.#end
    // An error is told once; after it there is nothing more.
    this.#end = {}
    if (error) throw error
    return { done: true, value: undefined }
  }

  return(): Promise<IteratorResult<unknown>> {
    this.#kept = []
    this.#finish((this.#end = {}))
    return this.next()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(end: { error?: unknown }): void {
    this.#end ??= end
    this.#controller.abort()
    for (const wake of this.#wakers.splice(0)) wake()
  }
}
