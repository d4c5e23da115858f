import type { ConnectHandler, ConnectResult, DisconnectHandler, MessageHandler } from '../../types/testing.js'
import type { Connection } from './connection.js'
import { INTEGRATION } from './limits.js'
import { NumberedRooms } from './numbered-rooms.js'
import { Rooms } from './rooms.js'

export type Handler = ConnectHandler | DisconnectHandler | MessageHandler

/** The backend: which function answers which message, and what API Gateway says where none does. */
export class Routes {
  readonly rooms: Rooms
  #handlers = new Map<string, Handler>()
  #after: (milliseconds: number, work: () => void) => () => void

  constructor(after: (milliseconds: number, work: () => void) => () => void, isNumbered: boolean) {
    this.#after = after
    this.rooms = isNumbered ? new NumberedRooms() : new Rooms()
    const handlers: Record<string, MessageHandler> = {
      GET_CONNECTION_ID: (_, { id }) => ({ connectionId: id }),
      ...this.rooms.handlers(),
    }
    for (const [key, handler] of Object.entries(handlers)) this.#handlers.set(key, handler)
  }

  on(key: string, handler: Handler): () => void {
    const before = this.#handlers.get(key)
    this.#handlers.set(key, handler)
    return () => {
      if (this.#handlers.get(key) !== handler) return
      if (before) this.#handlers.set(key, before)
      else this.#handlers.delete(key)
    }
  }

  remove(key: string): void {
    this.#handlers.delete(key)
  }

  /** What `$connect` answers; 502 where it fails. */
  async connect(connection: Connection): Promise<{ status: number; protocol: string }> {
    const handler = this.#handlers.get('$connect') as ConnectHandler | undefined
    // A backend without an opinion takes what the client would like best.
    if (!handler) return { status: 200, protocol: connection.protocols[0] ?? '' }
    try {
      const result = (await this.#inTime(async () => handler(connection))) as ConnectResult | undefined
      return { status: statusOf(result), protocol: protocolOf(result) }
    } catch (thrown) {
      report('$connect', thrown)
      return { status: 502, protocol: '' }
    }
  }

  async message(connection: Connection, message: unknown): Promise<void> {
    const fields = message as { action?: unknown; ref?: unknown } | null
    const key = String(fields?.action ?? '')
    const isCustom = key !== '' && !key.startsWith('$')
    const handler = ((isCustom && this.#handlers.get(key)) || this.#handlers.get('$default')) as MessageHandler | undefined
    if (!handler) return connection.gatewayFrame('Forbidden')
    if (handler === crash) return connection.gatewayFrame('Internal server error')
    let answer: unknown
    try {
      answer = await this.#inTime(async () => handler(message, connection))
    } catch (thrown) {
      report(key, thrown)
      return connection.gatewayFrame('Internal server error')
    }
    if (answer === undefined || connection.closed) return
    connection.send(withRef(answer, fields?.ref))
  }

  disconnect(connection: Connection): void {
    this.rooms.forget(connection)
    const handler = this.#handlers.get('$disconnect') as DisconnectHandler | undefined
    if (handler) void (async () => handler(connection))().catch((thrown) => report('$disconnect', thrown))
  }

  #inTime<Result>(work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error(`The handler has not answered within ${INTEGRATION} milliseconds.`))
      const stop = this.#after(INTEGRATION, late)
      work().then(resolve, reject).finally(stop)
    })
  }
}

/** A handler that fails on purpose, of which the console need not hear. */
export const crash: MessageHandler = () => {
  throw new Error('This route was made to crash.')
}

function statusOf(result: ConnectResult | undefined): number {
  return typeof result === 'number' ? result : (result?.statusCode ?? 200)
}

function protocolOf(result: ConnectResult | undefined): string {
  const headers = typeof result === 'object' ? (result.headers ?? {}) : {}
  const name = Object.keys(headers).find((name) => name.toLowerCase() === 'sec-websocket-protocol')
  return name ? headers[name]! : ''
}

/** The answer to a request repeats its `ref`. */
function withRef(answer: unknown, ref: unknown): unknown {
  const isObject = typeof answer === 'object' && answer !== null && !Array.isArray(answer)
  return isObject && ref !== undefined ? { ref, ...answer } : answer
}

/** What a test's own handler throws is a mistake in the test more often than not. */
function report(key: string, thrown: unknown): void {
  console.error(`fakeGateway: the handler of ${key} failed:`, thrown)
}
