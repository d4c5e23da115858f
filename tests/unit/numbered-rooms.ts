// A session in rooms whose messages are numbered, on a backend in the page that may lose, double and delay them.
import { afterEach, beforeEach, vi } from 'vitest'
import { connect, type GateSocket, type Room, type SessionOptions } from 'gatesocket'
import { fakeGateway, type FakeGateway } from 'gatesocket/testing'
import { NO_FAULTS, NumberedBackend } from './numbered-backend'

const URL_ = 'wss://rooms.test/production'
export let gateway: FakeGateway
export let backend: NumberedBackend
export const sockets: GateSocket<any>[] = []

/** Registers set-up and clean-up; `gateway` and `backend` are those of the test that runs. */
export function withNumberedRooms(): void {
  beforeEach(() => {
    // No time passes but what a test lets pass, however slow the machine is.
    vi.useFakeTimers()
    begin()
  })
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close()
    gateway.dispose()
    vi.restoreAllMocks()
    vi.useRealTimers()
  })
}

/** With another seed things go wrong at other moments. */
export function begin(seed?: number): void {
  gateway?.dispose()
  gateway = fakeGateway()
  backend = new NumberedBackend(gateway, seed)
}

export function open(options?: SessionOptions): GateSocket<any> {
  const socket = connect<any>(URL_, { onError: () => {}, ...options })
  sockets.push(socket)
  return socket
}

/** The numbers that a room tells from now on. */
export function numbersOf(room: Room<any>): number[] {
  const numbers: number[] = []
  room.on('message', (message) => numbers.push(message.sequence ?? message))
  return numbers
}

export const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** What the backend was asked to do so far. */
export const received = (action: string) => gateway.received.filter((message) => message.action === action)

export function say(count: number, room = 'tea'): void {
  for (let number = 0; number < count; number++) backend.say(room, number)
}

/** Messages of which no copy arrives. */
export function lose(count: number): void {
  backend.faults = { ...NO_FAULTS, lost: 1 }
  say(count)
  backend.faults = NO_FAULTS
}
