// Rooms whose messages are numbered: every message once, in order, whatever happens to connections and copies.
import { expect, test, vi } from 'vitest'
import { NO_FAULTS } from './numbered-backend'
import { backend, from, gateway, lose, numbersOf, open, received, say, sockets, withNumberedRooms } from './numbered-rooms'

/** What is left of a time when a timer is set. */
const isAbout = (time: number, delay = 0) => delay <= time && delay > time - 50
const asked = () => received('HISTORY')

withNumberedRooms()

test('tells what comes after the join, each message once and in order', async () => {
  say(5)
  const room = await open().join('tea')
  expect(room.count).toBe(1)
  const numbers = numbersOf(room)
  backend.faults = { ...NO_FAULTS, doubled: 0.5, late: 300 }
  say(30)
  await gateway.advance(1000)
  expect(numbers).toEqual(from(6, 35))
  expect(asked()).toEqual([])
})

test('asks for what does not come in time, and for what came while there was no connection', async () => {
  const room = await open().join('tea')
  const numbers = numbersOf(room)
  lose(3)
  say(1)
  await gateway.advance(400)
  expect(numbers).toEqual([])
  expect(asked()).toEqual([])
  await gateway.advance(200)
  expect(numbers).toEqual(from(1, 4))
  expect(asked()).toMatchObject([{ room: 'tea', after: 0 }])
  gateway.cut()
  say(250)
  await gateway.advance(2000)
  expect(numbers).toEqual(from(1, 254))
  expect(asked().map(({ after }) => after)).toEqual([0, 4, 104, 204])
})

test('a number that comes with nothing but the answer to the join, or to a message of one\'s own, is asked for too', async () => {
  const room = await open().join('tea')
  const numbers = numbersOf(room)
  backend.faults = { ...NO_FAULTS, lost: 1 }
  expect(await room.send('hi')).toMatchObject({ sent: 'tea', sequence: 1 })
  await gateway.advance(600)
  expect(numbers).toEqual([1])
})

test('begins with as many messages as were wished for, and goes on without a hole', async () => {
  say(240)
  backend.faults = { ...NO_FAULTS, late: 100 }
  const joining = open().join('tea', { history: 150 })
  const saying = (async () => {
    for (let tenth = 0; tenth < 50; tenth++) {
      say(1)
      await gateway.advance(10)
    }
  })()
  const room = await joining
  const { sequence } = room.answer as { sequence: number }
  const numbers = numbersOf(room)
  await saying
  await gateway.advance(1000)
  expect(numbers).toEqual(from(sequence - 149, 290))
  // Who comes later has its own.
  backend.faults = NO_FAULTS
  const second = await sockets[0]!.join('tea', { history: 3 })
  const later = numbersOf(second)
  const third = numbersOf(await sockets[0]!.join('tea'))
  say(1)
  await gateway.advance(1000)
  expect(later).toEqual(from(288, 291))
  expect(third).toEqual([291])
  expect(numbers.at(-1)).toBe(291)
  // More than there are.
  backend.say('milk', 1)
  const all = numbersOf(await sockets[0]!.join('milk', { history: 50 }))
  await gateway.advance(1000)
  expect(all).toEqual([1])
})

test('says which messages can not be had any more, and goes on after them', async () => {
  const socket = open()
  const room = await socket.join('tea')
  const numbers = numbersOf(room)
  const gaps: unknown[] = []
  room.on('gap', (gap) => gaps.push(gap))
  say(2)
  await gateway.settled()
  gateway.cut()
  say(10)
  backend.expire('tea', 7)
  await gateway.advance(2000)
  expect(numbers).toEqual([1, 2, 8, 9, 10, 11, 12])
  expect(gaps).toEqual([{ from: 3, to: 7 }])
  gateway.cut()
  say(3)
  backend.expire('tea', 15)
  await gateway.advance(2000)
  say(1)
  await gateway.advance(600)
  expect(numbers.slice(7)).toEqual([16])
  expect(gaps.slice(1)).toEqual([{ from: 13, to: 15 }])
  // What was gone before the join is not missed.
  const late = await socket.join('tea', { history: 10 })
  late.on('gap', (gap) => gaps.push(gap))
  const few = numbersOf(late)
  await gateway.advance(600)
  expect([few, gaps.length]).toEqual([[16], 2])
})

test('a question that fails is asked again, with pauses that grow, and at once after the next join', async () => {
  const errors: string[] = []
  const socket = open({ onError: ({ code }) => errors.push(code) })
  const room = await socket.join('tea')
  const numbers = numbersOf(room)
  const put = gateway.on('HISTORY', () => ({ error: { code: 'internal', message: 'No.' } }))
  lose(1)
  say(1)
  await gateway.advance(60_000)
  expect(asked().length).toBeGreaterThan(4)
  expect(asked().length).toBeLessThan(9)
  expect(numbers).toEqual([])
  expect(errors.at(-1)).toBe('refused')
  put()
  const before = asked().length
  gateway.cut()
  await gateway.advance(1100)
  expect(numbers).toEqual([1, 2])
  expect(asked()).toHaveLength(before + 1)
})

test('holds a thousand messages behind a hole, and gets the others with those of the hole', async () => {
  const room = await open().join('tea')
  const numbers = numbersOf(room)
  const put = gateway.on('HISTORY', () => ({ error: { code: 'busy', message: 'Later.' } }))
  lose(1)
  say(1500)
  await gateway.advance(5000)
  expect(numbers).toEqual([])
  put()
  const before = asked().length
  await gateway.advance(10_000)
  expect(numbers).toEqual(from(1, 1501))
  expect(asked().slice(before).map(({ after }) => after)).toEqual([0, 1001, 1101, 1201, 1301, 1401])
})

test('a backend that has lost its numbers begins anew', async () => {
  const room = await open().join('tea')
  const numbers = numbersOf(room)
  say(9)
  await gateway.settled()
  gateway.cut()
  backend.forget('tea')
  await gateway.advance(2000)
  say(2)
  await gateway.advance(2000)
  expect(numbers).toEqual([...from(1, 9), 1, 2])
  gateway.cut()
  await gateway.advance(2000)
  const late = numbersOf(await sockets[0]!.join('tea', { history: 1 }))
  await gateway.advance(100)
  expect(late).toEqual([2])
})

test('what has no number comes at once, and what is about members alone is no message', async () => {
  const room = await open().join('tea')
  const told: unknown[] = []
  const members: unknown[] = []
  room.on('message', (message) => told.push(message))
  room.on('members', (list) => members.push(list))
  gateway.send({ room: 'tea', sequence: 2, data: 'held' })
  gateway.send({ room: 'tea', typing: true })
  gateway.send({ room: 'tea', members: ['a'], count: 400 })
  gateway.send({ room: 'tea', count: 401 })
  gateway.send({ room: 'tea', typing: true, count: 7 })
  await gateway.settled()
  expect(told).toEqual([{ room: 'tea', typing: true }, { room: 'tea', typing: true, count: 7 }])
  expect(members).toEqual([['a'], ['a']])
  expect(room.count).toBe(401)
})

test('several uses of a room ask once for what all of them miss', async () => {
  const socket = open()
  const rooms = await Promise.all([socket.join('tea'), socket.join('tea'), socket.join('tea', { history: 5 })])
  const numbers = rooms.map(numbersOf)
  gateway.cut()
  say(120)
  backend.faults = { ...NO_FAULTS, late: 50 }
  await gateway.advance(2000)
  expect(numbers).toEqual([from(1, 120), from(1, 120), from(1, 120)])
  expect(asked().map(({ after }) => after)).toEqual([0, 100])
})

test.each(['left', 'closed'])('where the room is %s while an answer is waited for, nothing is asked or told any more', async (how) => {
  const socket = open()
  const room = await socket.join('tea')
  const numbers = numbersOf(room)
  let answer = (_: object) => {}
  gateway.on('HISTORY', () => new Promise((resolve) => (answer = resolve)))
  lose(1)
  say(1)
  await gateway.advance(600)
  expect(asked()).toHaveLength(1)
  if (how === 'left') room.leave()
  else socket.close()
  const timers = vi.spyOn(globalThis, 'setTimeout')
  answer({ messages: backend.messages('tea'), sequence: 2 })
  await gateway.advance(60_000)
  expect(asked()).toHaveLength(1)
  expect(numbers).toEqual([])
  // None of those after which it would ask again.
  expect(timers.mock.calls.filter(([, delay]) => isAbout(1000, delay))).toEqual([])
})

test('a room that was left, and a session that was closed, leave no timer behind', async () => {
  const setTimeout = vi.spyOn(globalThis, 'setTimeout')
  const clearTimeout = vi.spyOn(globalThis, 'clearTimeout')
  const alive = () => {
    const ended = new Set(clearTimeout.mock.calls.map(([timer]) => timer))
    const isOurs = (index: number) => isAbout(500, setTimeout.mock.calls[index]![1])
    return setTimeout.mock.results.filter(({ value }, index) => isOurs(index) && !ended.has(value))
  }
  const socket = open()
  const rooms = [await socket.join('tea'), await socket.join('milk')]
  await gateway.advance(10)
  for (const room of ['tea', 'milk']) gateway.send({ room, sequence: 2 })
  await gateway.settled()
  expect(alive().length).toBe(2)
  rooms[0]!.leave()
  expect(alive().length).toBe(1)
  socket.close()
  await gateway.settled()
  expect(alive().length).toBe(0)
})

test('an answer without anything new is a failure, and not asked for without a pause', async () => {
  const errors: string[] = []
  const room = await open({ onError: ({ message }) => errors.push(message) }).join('tea')
  const numbers = numbersOf(room)
  const put = gateway.on('HISTORY', () => ({ messages: [{ room: 'tea', sequence: 0 }], sequence: 2 }))
  lose(1)
  say(1)
  await gateway.advance(10_000)
  expect(asked().length).toBeGreaterThan(2)
  expect(asked().length).toBeLessThan(7)
  expect(errors.at(-1)).toBe('The backend gives no messages after 0.')
  put()
  await gateway.advance(30_000)
  expect(numbers).toEqual([1, 2])
})

test('an older answer does not hide that there is more by now', async () => {
  say(5)
  const room = await open().join('tea', { history: 5 })
  const numbers = numbersOf(room)
  await gateway.advance(100)
  expect(numbers).toEqual(from(1, 5))
  let answer!: (answer: object) => void
  const putJoin = gateway.on('JOIN_ROOM', () => ({ sequence: 4 }))
  const put = gateway.on('HISTORY', () => new Promise((resolve) => (answer = resolve)))
  gateway.cut()
  await gateway.advance(2000)
  expect(asked().at(-1)).toMatchObject({ after: 5 })
  putJoin()
  put()
  say(2)
  gateway.send({ room: 'tea', sequence: 7, data: 1 })
  await gateway.settled()
  answer({ messages: [], sequence: 5 })
  await gateway.advance(5000)
  expect(numbers).toEqual(from(1, 7))
})

test('a schema that gives nothing for what an answer holds is asked about it again', async () => {
  let isBroken = true
  const validate = (value: any) => (isBroken && 'data' in value ? undefined : { value }) as any
  const room = await open({ schema: { '~standard': { version: 1, vendor: 'test', validate } } }).join('tea')
  const numbers = numbersOf(room)
  lose(2)
  gateway.send({ room: 'tea', sequence: 2 })
  await gateway.advance(5000)
  expect(asked().length).toBeGreaterThan(1)
  isBroken = false
  await gateway.advance(30_000)
  expect(numbers).toEqual([1, 2])
})

test('an answer of another shape is a failure like others, and asked for again', async () => {
  const errors: string[] = []
  const room = await open({ onError: ({ message }) => errors.push(message) }).join('tea')
  const numbers = numbersOf(room)
  const put = gateway.on('HISTORY', () => ({ messages: {}, sequence: 2 }))
  gateway.send({ room: 'tea', sequence: 2 })
  await gateway.advance(5000)
  expect(errors.at(-1)).toBe('The backend gives no messages after 0.')
  put()
  say(2)
  await gateway.advance(30_000)
  expect(numbers).toEqual([1, 2])
})

test('what the schema refuses has its number all the same, and others are what it makes of them', async () => {
  const invalid: unknown[] = []
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: any) => (value.data === 'bad' ? { issues: [{ message: 'Bad.' }] } : { value: { text: value.data } }),
    },
  }
  const socket = open({ schema, onInvalid: ({ message }) => invalid.push(message) })
  const room = await socket.join('tea', { history: 5 })
  const texts: unknown[] = []
  room.on('message', (message) => texts.push(message.text))
  backend.say('tea', 'a')
  backend.say('tea', 'bad')
  backend.say('tea', 'b')
  await gateway.advance(1000)
  expect(texts).toEqual(['a', 'b'])
  expect(asked()).toEqual([])
  gateway.cut()
  for (const data of ['c', 'bad', 'd']) backend.say('tea', data)
  await gateway.advance(2000)
  expect(texts).toEqual(['a', 'b', 'c', 'd'])
  expect(invalid).toMatchObject([{ sequence: 2 }, { sequence: 5 }])
  expect(await room.send('e')).toMatchObject({ sequence: 7 })
})

test('a room without numbers has no history, and is left where one was wished for', async () => {
  gateway.on('JOIN_ROOM', ({ room }) => ({ joined: room }))
  const socket = open()
  expect(await socket.join('tea', { history: 5 }).catch((error) => error)).toMatchObject({
    code: 'bad-options',
    message: 'The room has no "sequence", and so no history.',
  })
  await gateway.receive({ action: 'LEAVE_ROOM' })
  for (const history of [-1, 1.5, '5']) {
    expect(await socket.join('tea', { history: history as number }).catch(({ code }) => code)).toBe('bad-options')
  }
  const room = await socket.join('tea')
  const told: any[] = []
  room.on('message', (message) => told.push(message))
  gateway.send({ room: 'tea', sequence: 7 })
  gateway.send({ room: 'tea', sequence: 3 })
  await gateway.settled()
  expect(told).toEqual([{ room: 'tea', sequence: 7 }, { room: 'tea', sequence: 3 }])
  expect(await room.send('hi')).toBe(undefined)
  expect(gateway.received.at(-1)).toEqual({ action: 'SEND_MESSAGE', room: 'tea', data: 'hi' })
})

test('the names of what is numbered are settable', async () => {
  gateway.on('JOIN_ROOM', ({ channel }) => ({ joined: channel, serial: 4 }))
  gateway.on('LOG', ({ after }) => ({ messages: from(after + 1, 6).map((serial) => ({ serial })), serial: 6 }))
  const socket = open({ rooms: { field: 'channel', history: 'LOG', sequence: 'serial' } })
  const room = await socket.join('tea', { history: 2 })
  const serials: number[] = []
  room.on('message', ({ serial }) => serials.push(serial))
  await gateway.advance(10)
  gateway.send({ channel: 'tea', serial: 7 })
  await gateway.settled()
  expect(serials).toEqual([3, 4, 5, 6, 7])
})
