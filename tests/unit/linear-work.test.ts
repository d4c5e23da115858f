// Ten times as many messages take a session some ten times as long, and not a hundred times.
import { expect, test } from 'vitest'
import { connect, type GateSocket, type SessionOptions } from 'gatesocket'
import { fakeGateway } from 'gatesocket/testing'

const TRACED: SessionOptions = { trace: { entries: 100_000, messages: true } }

/** How long something takes with a session in whose outbox so many messages wait, in milliseconds. */
function timeOf(work: (socket: GateSocket) => void, messages: number, options: SessionOptions): number {
  // Nothing of it happens before this function returns, so that the session is never ready to send.
  using _ = fakeGateway()
  using socket = connect('wss://linear.test/', { outbox: { messages: 1e6, bytes: 1e9 }, ...options })
  for (let message = 0; message < messages; message++) socket.send(message).catch(() => {})
  const begun = performance.now()
  work(socket)
  return performance.now() - begun
}

for (const [what, few, options, work] of [
  ['close() rejects what waits', 3000, {}, (socket) => socket.close()],
  ['trace() reads what was noted', 3000, TRACED, (socket) => expect(socket.trace().length).toBeGreaterThanOrEqual(3000)],
  [
    'a listener of the trace hears of the messages that close() rejects',
    1000,
    TRACED,
    (socket) => {
      let heard = 0
      socket.on('trace', () => heard++)
      socket.close()
      expect(heard).toBeGreaterThanOrEqual(1000)
    },
  ],
] satisfies [string, number, SessionOptions, (socket: GateSocket) => void][]) {
  test(`${what}, in a time that grows with their number alone`, () => {
    // The least of three: a slow moment of the machine is in one of them.
    const [one, ten] = [few, few * 10].map((messages) => Math.min(...[1, 2, 3].map(() => timeOf(work, messages, options))))
    expect(ten! / one!).toBeLessThan(40)
  })
}
