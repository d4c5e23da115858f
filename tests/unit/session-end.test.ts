// What ends with a session: its trace is told no more, and a WebSocket that is made for it is closed.
import { expect, test, vi } from 'vitest'
import { connect, type GateSocket } from 'gatesocket'
import { fakeGateway } from 'gatesocket/testing'

const URL_ = 'wss://ended.test/production'

test('a session that has ended tells no trace, also of what it rejects after that', async () => {
  using gateway = fakeGateway()
  const socket = connect(URL_)
  socket.close()
  await gateway.settled()
  const told = vi.fn()
  socket.on('trace', told)
  await expect(socket.send({})).rejects.toMatchObject({ code: 'closed' })
  await gateway.settled()
  expect(told).not.toHaveBeenCalled()
})

test('close() in onLink closes the WebSocket, which comes later where the URL is promised', async () => {
  using gateway = fakeGateway()
  // Of one that opens the session would hear, and close it then.
  gateway.on('$connect', () => new Promise(() => {}))
  let closed
  const socket: GateSocket = connect(async () => URL_, {
    onLink(link) {
      closed = vi.spyOn(link, 'close')
      socket.close()
    },
  })
  await gateway.settled()
  expect(closed).toHaveBeenCalled()
  expect(socket.status).toBe('closed')
})
