// A message of one's own in a room whose messages are numbered: stored once, in the order of its sender, or an error.
import { describe, expect, test } from 'vitest'
import { NO_FAULTS } from './numbered-backend'
import { backend, from, gateway, numbersOf, open, received, withNumberedRooms } from './numbered-rooms'

const sent = () => received('SEND_MESSAGE')

withNumberedRooms()

describe('a message of one\'s own', () => {
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
