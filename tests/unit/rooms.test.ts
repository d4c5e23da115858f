// Rooms whose messages are numbered: every message once, in order, whatever happens to connections and copies.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, type GateSocket, type Room, type SessionOptions } from 'gatesocket'
import { fakeGateway, type FakeGateway } from 'gatesocket/testing'
import { NO_FAULTS, NumberedBackend, randomOf } from './numbered-backend'

const URL_ = 'wss://rooms.test/production'
let gateway: FakeGateway
let backend: NumberedBackend
const sockets: GateSocket<any>[] = []

function open(options?: SessionOptions): GateSocket<any> {
  const socket = connect<any>(URL_, { onError: () => {}, ...options })
  sockets.push(socket)
  return socket
}

/** The numbers that a room tells from now on. */
function numbersOf(room: Room<any>): number[] {
  const numbers: number[] = []
  room.on('message', (message) => numbers.push(message.sequence ?? message))
  return numbers
}

const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index)
/** What is left of a time when a timer is set. */
const isAbout = (time: number, delay = 0) => delay <= time && delay > time - 50
const asked = () => gateway.received.filter(({ action }) => action === 'HISTORY')
const joins = () => gateway.received.filter(({ action }) => action === 'JOIN_ROOM')
const say = (count: number, room = 'tea') => {
  for (let number = 0; number < count; number++) backend.say(room, number)
}

beforeEach(() => {
  // No time passes but what a test lets pass, however slow the machine is.
  vi.useFakeTimers()
  gateway = fakeGateway()
  backend = new NumberedBackend(gateway)
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
  gateway.dispose()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

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
  backend.faults = { ...NO_FAULTS, lost: 1 }
  say(3)
  backend.faults = NO_FAULTS
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
  backend.faults = { ...NO_FAULTS, lost: 1 }
  say(1)
  backend.faults = NO_FAULTS
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
  backend.faults = { ...NO_FAULTS, lost: 1 }
  say(1)
  backend.faults = NO_FAULTS
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
  backend.faults = { ...NO_FAULTS, lost: 1 }
  say(1)
  backend.faults = NO_FAULTS
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
  backend.faults = { ...NO_FAULTS, lost: 1 }
  say(1)
  backend.faults = NO_FAULTS
  say(1)
  await gateway.advance(10_000)
  expect(asked().length).toBeGreaterThan(2)
  expect(asked().length).toBeLessThan(7)
  expect(errors.at(-1)).toBe('The backend gives no messages after 0.')
  put()
  await gateway.advance(30_000)
  expect(numbers).toEqual([1, 2])
})

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
  expect(gateway.received.filter(({ action }) => action === 'SEND_MESSAGE')).toEqual([])
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
  backend.faults = { ...NO_FAULTS, lost: 1 }
  say(2)
  backend.faults = NO_FAULTS
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

describe('a message of one\'s own', () => {
  const sent = () => gateway.received.filter(({ action }) => action === 'SEND_MESSAGE')

  test('is sent after those before it were answered, with an id, and as it was', async () => {
    const socket = open()
    const room = await socket.join('tea')
    const numbers = numbersOf(room)
    backend.faults = { ...NO_FAULTS, late: 50 }
    const data = { text: 'first' }
    const sending = [room.send(data), socket.publish('tea', 'second'), room.send('third', { id: 'mine' })]
    data.text = 'another'
    await gateway.advance(1000)
    const answers = await Promise.all(sending)
    expect(answers.map((answer) => answer!.sequence)).toEqual([1, 2, 3])
    expect(backend.messages('tea').map(({ data }) => data)).toEqual([{ text: 'first' }, 'second', 'third'])
    expect(sent()[0].id).toMatch(/^[\w-]{10,128}$/)
    expect(sent()[1].id).not.toBe(sent()[0].id)
    expect(sent()[2].id).toBe('mine')
    expect(numbers).toEqual([1, 2, 3])
    backend.faults = NO_FAULTS
    expect((await room.send('third', { id: 'mine' }))!.duplicate).toBe(true)
  })

  test('is sent again with the same id after a lost connection, once the room is joined again', async () => {
    const room = await open().join('tea')
    const numbers = numbersOf(room)
    backend.faults = { ...NO_FAULTS, unanswered: 1 }
    const sending = [room.send('a'), room.send('b')]
    await gateway.receive({ action: 'SEND_MESSAGE' })
    gateway.cut()
    backend.faults = NO_FAULTS
    const put = gateway.on('JOIN_ROOM', () => undefined)
    await gateway.advance(2000)
    put()
    // The join is asked again when its answer does not come.
    const [again] = gateway.connections
    expect(again!.received.map(({ action }) => action)).toEqual(['GET_CONNECTION_ID', 'JOIN_ROOM'])
    await gateway.advance(30_000)
    expect((await Promise.all(sending)).map((answer) => answer!.sequence)).toEqual([1, 2])
    expect(new Set(sent().map(({ id }) => id)).size).toBe(2)
    expect(sent().length).toBeGreaterThan(2)
    expect(numbers).toEqual([1, 2])
  })

  test('waits while there is no connection, for as long as it takes', async () => {
    const room = await open().join('tea')
    gateway.refuse()
    gateway.cut()
    await gateway.settled()
    const sending = room.send('a')
    await gateway.advance(10 * 60_000)
    expect(sent()).toEqual([])
    gateway.accept()
    await gateway.advance(60_000)
    expect(await sending).toMatchObject({ sequence: 1 })
  })

  test('rejects with what the backend says against it, and the next one goes on', async () => {
    const room = await open().join('tea')
    gateway.on('SEND_MESSAGE', ({ data }) =>
      data === 'long' ? { error: { code: 'too-large', message: 'Too large.', limit: 5 } } : { sequence: 1 },
    )
    const long = room.send('long').catch((error) => error)
    const next = room.send('short')
    await gateway.settled()
    expect(await long).toMatchObject({ code: 'refused', message: expect.stringContaining('Too large.') })
    expect((await long).details.answer.error.limit).toBe(5)
    expect(await next).toMatchObject({ sequence: 1 })
    const circle: any = {}
    circle.self = circle
    expect(await room.send(circle).catch(({ code }) => code)).toBe('not-serializable')
    expect(await room.send('x'.repeat(40_000)).catch(({ code }) => code)).toBe('frame-too-large')
  })

  test('that is never answered is given up after three tries, one that finds the backend busy too', async () => {
    const room = await open().join('tea')
    gateway.on('SEND_MESSAGE', () => undefined)
    const silent = room.send('a').catch(({ code }) => code)
    await gateway.advance(100_000)
    expect(await silent).toBe('request-timeout')
    expect(sent()).toHaveLength(3)
    expect(new Set(sent().map(({ id }) => id)).size).toBe(1)
    gateway.on('SEND_MESSAGE', () => ({ error: { code: 'busy' } }))
    const busy = room.send('a').catch(({ code }) => code)
    await gateway.advance(5000)
    expect(await busy).toBe('refused')
    expect(sent()).toHaveLength(6)
  })

  test('for which the other side closes the connection is not sent again', async () => {
    const room = await open().join('tea')
    gateway.on('SEND_MESSAGE', (_, connection) => connection.close(1009))
    const sending = room.send('a').catch(({ code }) => code)
    await gateway.advance(5000)
    expect(await sending).toBe('connection-lost')
    expect(sent()).toHaveLength(1)
  })

  test('after which the room is left, or the session closed, is told so', async () => {
    const socket = open()
    const room = await socket.join('tea')
    gateway.on('SEND_MESSAGE', () => undefined)
    const sending = [room.send('a'), room.send('b')].map((sent) => sent.catch(({ code }) => code))
    await gateway.settled()
    room.leave()
    const milk = await socket.join('milk')
    const closing = [milk.send('a'), milk.send('b')].map((sent) => sent.catch(({ code }) => code))
    const undecided = (await Promise.resolve(), socket.join('coffee').catch(({ code }) => code))
    const early = socket.publish('coffee', 1).catch(({ code }) => code)
    gateway.on('JOIN_ROOM', () => undefined)
    socket.close()
    expect(await Promise.all(closing)).toEqual(['closed', 'closed'])
    expect(await Promise.all(sending)).toEqual(['closed', 'aborted'])
    expect(await Promise.all([undecided, early])).toEqual(['closed', 'closed'])
    expect(await milk.send('c').catch(({ code }) => code)).toBe('closed')
  })

  test('of which 256 wait is refused', async () => {
    const room = await open().join('tea')
    gateway.cut()
    await gateway.settled()
    const sending = from(1, 257).map((number) => room.send(number).then(() => 'sent', ({ code }) => code))
    expect(await sending.at(-1)).toBe('outbox-full')
    await gateway.advance(2000)
    expect(new Set(await Promise.all(sending.slice(0, 256)))).toEqual(new Set(['sent']))
    expect(backend.messages('tea').map(({ data }) => data)).toEqual(from(1, 256))
    expect(await room.send('one more')).toMatchObject({ sequence: 257 })
  })

  test('before the room is joined waits for that', async () => {
    const socket = open()
    backend.faults = { ...NO_FAULTS, late: 200 }
    const joining = socket.join('tea')
    const sending = socket.publish('tea', 'early')
    await gateway.advance(2000)
    await joining
    expect(await sending).toMatchObject({ sequence: 1 })
    // And where it can't be joined goes out as it would without.
    gateway.on('JOIN_ROOM', () => ({ error: { code: 'bad-request', message: 'No such room.' } }))
    const refused = socket.join('nowhere').catch(({ code }) => code)
    const plain = socket.publish('nowhere', 1, { id: 'mine' })
    await gateway.advance(2000)
    expect(await refused).toBe('refused')
    expect(await plain).toBe(undefined)
    expect(sent().at(-1)).toEqual({ action: 'SEND_MESSAGE', room: 'nowhere', data: 1, id: 'mine' })
  })
})

// Whatever the seed, every page tells every message once, from where it began, and every message that was sent is there once.
describe.each(from(1, 25))('with everything that may go wrong, seed %i', (seed) => {
  test('every page tells every message once, in order', { timeout: 60_000 }, async () => {
    const random = randomOf(seed)
    const upTo = (most: number) => Math.floor(random() * most)
    gateway.dispose()
    gateway = fakeGateway()
    backend = new NumberedBackend(gateway, seed)
    const errors: string[] = []
    const rooms = ['tea', 'milk']
    say(upTo(30))
    const uses: { name: string; begin: number; numbers: number[]; room: Room<any> }[] = []
    for (let page = 0; page < 3; page++) {
      const socket = open({
        onError: ({ code }) => errors.push(code),
        reconnect: { baseDelay: 200, maxDelay: 2000 },
        rotation: { age: 8000, spread: 4000, drain: 3000 },
        requestTimeout: 4000,
        probe: { timeout: 1000, quiet: 2000 },
        heartbeat: 5000,
      })
      for (const name of rooms) {
        const history = upTo(2) * upTo(40)
        const room = await socket.join(name, { history })
        const { sequence } = room.answer as { sequence: number }
        uses.push({ name, begin: Math.max(0, sequence - history), numbers: numbersOf(room), room })
      }
    }
    backend.page = 1 + upTo(10)
    backend.faults = { lost: random() / 3, doubled: random() / 3, late: random() * 1500, refused: random() / 5, unanswered: random() / 5 }
    const unsent: string[] = []
    const sending: Promise<unknown>[] = []
    const sentBy = new Map<(typeof uses)[0], string[]>(uses.map((use) => [use, []]))
    for (let step = 0; step < 60; step++) {
      await gateway.advance(upTo(600))
      for (let copies = upTo(4); copies > 0; copies--) {
        const use = uses[upTo(uses.length)]!
        const id = `${seed} ${step} ${copies}`
        sentBy.get(use)!.push(id)
        sending.push(use.room.send(step, { id }).catch(() => unsent.push(id)))
      }
      const { connections } = gateway
      const one = connections[upTo(connections.length)]
      if (one && random() < 0.15) one.cut()
      else if (one && random() < 0.05) one.close(1001)
      else if (one && random() < 0.05) one.silence()
    }
    // Everything comes to rest once nothing goes wrong any more.
    backend.faults = NO_FAULTS
    await gateway.advance(60_000)
    for (const name of rooms) backend.say(name, 'the last')
    await gateway.advance(60_000)
    await Promise.all(sending)
    for (const name of rooms) {
      const all = backend.messages(name)
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
      for (const use of uses.filter((use) => use.name === name)) {
        expect(use.numbers).toEqual(from(use.begin + 1, all.length))
      }
    }
    // What a page sent to a room is there in the order in which it was sent; what was given up may be there.
    for (const [{ name }, ids] of sentBy) {
      const places = ids.map((id) => backend.messages(name).findIndex((message) => message.id === id))
      expect(ids.filter((id, index) => places[index]! < 0 && !unsent.includes(id))).toEqual([])
      const there = places.filter((place) => place >= 0)
      expect(there).toEqual([...there].sort((one, other) => one - other))
    }
    expect(unsent.length).toBeLessThan(sending.length / 4)
  })
})
