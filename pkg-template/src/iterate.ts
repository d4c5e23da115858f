import type { GateSocket, IterateOptions, Match, MessageIterator } from '../types/index.js'
import { aborted } from './abort.js'
import { badOptions, GateSocketError } from './error.js'
import { matches } from './match.js'
import { refuseUnknown } from './names.js'

interface Waiting {
  resolve(result: IteratorResult<unknown>): void
  reject(error: unknown): void
}

const DONE: IteratorResult<never> = { done: true, value: undefined }

/** The messages of a session from now on, kept until they are taken. */
export class Messages implements MessageIterator<unknown> {
  dropped = 0
  #kept: unknown[] = []
  #waiting: Waiting[] = []
  /** How the iteration ended: with an error, or without one. */
  #end: { error?: unknown } | null = null
  #controller = new AbortController()

  constructor(socket: GateSocket, options: IterateOptions & { match?: Match | undefined } = {}) {
    refuseUnknown(options, ['match', 'buffer', 'overflow', 'signal'])
    const { match, buffer = 1024, overflow = 'error', signal } = options
    if (!(Number.isInteger(buffer) && buffer > 0)) {
      throw badOptions('buffer must be a whole number from 1.')
    }
    if (overflow !== 'error' && overflow !== 'dropOldest') {
      throw badOptions("overflow must be 'error' or 'dropOldest'.")
    }
    const own = { signal: this.#controller.signal }
    const take = (message: unknown) => {
      if (match && !matches(message, match)) return
      const next = this.#waiting.shift()
      if (next) return next.resolve({ done: false, value: message })
      if (this.#kept.length === buffer) {
        if (overflow === 'error') return this.#finish({ error: overflowed(buffer) })
        this.#kept.shift()
        this.dropped++
      }
      this.#kept.push(message)
    }
    const ended = () =>
      socket.ready().catch((error: GateSocketError) => this.#finish(error.code === 'closed' ? {} : { error }))
    const abort = () => this.#finish({ error: aborted() })
    if (signal?.aborted) abort()
    else if (socket.status === 'closed') void ended()
    else {
      socket.on('message', take, own)
      socket.on('status', (status) => status === 'closed' && void ended(), own)
      signal?.addEventListener('abort', abort, own)
    }
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#kept.length > 0) return Promise.resolve({ done: false, value: this.#kept.shift() })
    const end = this.#end
    if (!end) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    // An error is told once; after it there is nothing more.
    this.#end = {}
    return 'error' in end ? Promise.reject(end.error) : Promise.resolve(DONE)
  }

  return(): Promise<IteratorResult<unknown>> {
    this.#kept = []
    this.#finish({})
    return Promise.resolve(DONE)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(end: { error?: unknown }): void {
    if (this.#end) return
    this.#end = end
    this.#controller.abort()
    for (const next of this.#waiting.splice(0)) void this.next().then(next.resolve, next.reject)
  }
}

function overflowed(messages: number): GateSocketError {
  return new GateSocketError(
    'buffer-overflow',
    `More than ${messages} messages waited to be taken. Take them faster, or pass a larger buffer, or overflow: 'dropOldest'.`,
    { messages },
  )
}
