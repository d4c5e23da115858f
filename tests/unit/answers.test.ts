// To which question an answer is one.
import { expect, test } from 'vitest'
import { connect, type ConnectionIdEvent } from 'gatesocket'
import { fakeGateway } from 'gatesocket/testing'

const URL_ = 'wss://answers.test/production'

for (const [rooms, answered] of [
  [[], [true, true]],
  // The replacement had its connectionId before; what it was told last is about its rooms.
  [['tea', 'milk'], [true, false]],
] as const) {
  test(`the event of a connectionId has the answer that has it, or none after ${rooms.length} rooms were joined`, async () => {
    using gateway = fakeGateway()
    const events: ConnectionIdEvent[] = []
    using socket = connect(URL_, { rotation: { age: 1000, spread: 0 }, onConnectionId: (_, event) => events.push(event) })
    for (const room of rooms) await socket.join(room)
    await socket.ready()
    await gateway.advance(1500)
    expect(events).toHaveLength(2)
    const answers = events.map(({ connectionId }, index) => (answered[index] ? { connectionId } : undefined))
    expect(events.map(({ answer }) => answer)).toEqual(answers)
  })
}

test('a ref whose number is larger by 2^32 is that of no request', async () => {
  using gateway = fakeGateway()
  using socket = connect(URL_)
  const messages: unknown[] = []
  socket.on('message', (message) => messages.push(message))
  gateway.on('ASK', () => {})
  const asking = socket.request({ action: 'ASK' })
  const { ref } = await gateway.receive({ action: 'ASK' })
  const [mark, number] = ref.split('-')
  const other = { ref: `${mark}-${(parseInt(number, 16) + 2 ** 32).toString(16)}` }
  gateway.send(other)
  gateway.send({ ref, answer: 1 })
  expect(await asking).toEqual({ ref, answer: 1 })
  expect(messages).toEqual([other])
})
