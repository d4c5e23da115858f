// A session to a real server, closed after each test.
import { afterEach, beforeEach } from 'vitest'
import { connect, type GateSocket, type SessionOptions } from 'gatesocket'
import { startBackend } from '../page/backend.mjs'

export interface Backend {
  address: string
  connections: { id: string; socket: { send(text: string): void }; received: any[]; closed: number | null }[]
  received(action: string): any[]
  cut(): void
  stop(): void
}

/** Waits that are short, so that a lost connection is back in a moment. */
export const QUICK = { reconnect: { baseDelay: 50 } }

/** Registers set-up and clean-up; `backend` is that of the test that runs. */
export function withBackend() {
  const own = {
    backend: null as unknown as Backend,
    sockets: [] as GateSocket<any, any>[],
    connect<In = unknown>(options: SessionOptions<In> = {}): GateSocket<In> {
      const socket = connect<In>(own.backend.address, { ...QUICK, ...options })
      own.sockets.push(socket)
      return socket
    },
    /** Sends to the connection that opened last. */
    tell(...messages: unknown[]) {
      for (const message of messages) own.backend.connections.at(-1)!.socket.send(JSON.stringify(message))
    },
  }
  beforeEach(async () => {
    own.backend = (await startBackend()) as unknown as Backend
  })
  afterEach(() => {
    for (const socket of own.sockets.splice(0)) socket.close()
    own.backend.stop()
  })
  return own
}

/**
 * Lets so many milliseconds pass, in small steps: client and server of these tests share one thread, and each step lets
 * what has arrived be dealt with, also where the machine gave that thread no time for as long.
 */
export async function passes(time: number) {
  for (let step = 0; step < time; step += 5) await new Promise((resolve) => setTimeout(resolve, 5))
}

export async function until(isSo: () => unknown, what = String(isSo)) {
  const end = Date.now() + 30_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`it never was so that ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
