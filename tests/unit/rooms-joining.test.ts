// A room is joined again after each lost connection, until it is left; what the backend says against it is asked again.
import { expect, test, vi } from 'vitest'
import type { GateSocket } from 'gatesocket'
import { NumberedBackend } from './numbered-backend'
import { backend, gateway, numbersOf, open, received, say, withNumberedRooms } from './numbered-rooms'

const joins = () => received('JOIN_ROOM')

withNumberedRooms()

test('a join that the backend refuses rejects; one after a lost connection is asked again', async () => {
  const errors: string[] = []
  const socket = open({ onError: ({ code }) => errors.push(code) })
  let refuses = true
  const inner = new NumberedBackend(gateway)
  const join = gateway.on('JOIN_ROOM', ({ room }) =>
    refuses ? { error: { code: 'busy', message: 'Try again.' } } : { joined: room, sequence: inner.messages('tea').length },
  )
  const refused = await socket.join('tea').catch((error) => error)
  expect(refused).toMatchObject({ code: 'refused', message: 'The backend answered with an error: Try again.' })
  expect(refused.details.answer.error.code).toBe('busy')
  refuses = false
  const room = await socket.join('tea')
  const answers: unknown[] = []
  room.on('joined', (answer) => answers.push(answer))
  refuses = true
  gateway.cut()
  await gateway.advance(3500)
  expect(joins().length).toBeGreaterThan(4)
  expect(errors).toContain('refused')
  const sending = room.send('waits')
  await gateway.settled()
  expect(received('SEND_MESSAGE')).toEqual([])
  gateway.on('SEND_MESSAGE', () => ({ sequence: 1 }))
  gateway.on('HISTORY', () => ({ messages: [{ sequence: 1 }], sequence: 1 }))
  refuses = false
  await gateway.advance(1000)
  expect(answers).toHaveLength(1)
  expect(room.answer).toBe(answers[0])
  join()
  void sending.catch(() => {})
  const before = joins().length
  await gateway.advance(5000)
  expect(joins()).toHaveLength(before)
})

test('a join that is refused to the replacement of a connection is asked again too', async () => {
  const room = await open({ rotation: { age: 5000, spread: 0 } }).join('tea')
  const numbers = numbersOf(room)
  const put = gateway.on('JOIN_ROOM', () => ({ error: { code: 'busy', message: 'Try again.' } }))
  await gateway.advance(6500)
  expect(gateway.connections).toHaveLength(1)
  say(2)
  put()
  await gateway.advance(2500)
  expect(numbers).toEqual([1, 2])
})

/** A room that the backend has refused after a lost connection, while the next join waits for `answer`. */
async function joiningAgain(socket: GateSocket<any>) {
  const room = await socket.join('tea')
  let answer!: (answer?: object) => void
  const answers = [{ error: { code: 'busy' } }, new Promise<object | undefined>((resolve) => (answer = resolve))]
  gateway.on('JOIN_ROOM', () => answers.shift())
  gateway.cut()
  await gateway.advance(3000)
  expect(joins()).toHaveLength(3)
  return { room, answer }
}

test('a room that is left while it is joined again is not joined once more when that join fails', async () => {
  const { room } = await joiningAgain(open())
  room.leave()
  gateway.cut()
  await gateway.advance(5000)
  expect(joins()).toHaveLength(3)
})

test('a room that is left while it is joined again is left after that join too', async () => {
  const { room, answer } = await joiningAgain(open())
  room.leave()
  await gateway.settled()
  const before = gateway.received.length
  answer({ sequence: 0 })
  await gateway.settled()
  const { connectionId } = joins().at(-1)!
  expect(gateway.received.slice(before)).toMatchObject([{ action: 'LEAVE_ROOM', room: 'tea', connectionId }])
})

test('a session that is closed while a room is joined again has no failure after that', async () => {
  const socket = open()
  await joiningAgain(socket)
  const shown = vi.spyOn(console, 'error').mockImplementation(() => {})
  socket.close()
  await gateway.advance(5000)
  expect(shown).not.toHaveBeenCalled()
})

test('a session whose backend has forgotten that it is a member joins again, once', async () => {
  const room = await open().join('tea')
  const numbers = numbersOf(room)
  backend.exclude('tea')
  say(2)
  const sending = room.send('mine')
  gateway.send({ room: 'tea', sequence: 2 })
  await gateway.advance(5000)
  expect(numbers).toEqual([1, 2, 3])
  expect(await sending).toMatchObject({ sequence: 3 })
  expect(joins()).toHaveLength(2)
})
