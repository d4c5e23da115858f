// What a session's facade adds to the core: matches, iteration, rooms, schemas, disposal.
import { type } from 'arktype'
import * as valibot from 'valibot'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { connect, type GateSocketError, type InvalidMessage } from 'gatesocket'
import { until, withBackend } from './session'

const own = withBackend()
const failure = (promise: Promise<unknown>) => promise.then(() => 'no error', (error: GateSocketError) => error.code)

test('on with a match tells only the messages that have all its fields', async () => {
  const socket = own.connect<{ action: 'chat'; text: string } | { action: 'row'; row: number }>()
  await socket.ready()
  const chats: string[] = []
  const rows: number[] = []
  socket.on('message', { action: 'chat' }, (message) => chats.push(message.text))
  socket.on('message', { action: 'row', row: 2 }, (message) => rows.push(message.row))
  const all: unknown[] = []
  socket.on('message', (message) => all.push(message))
  own.tell(null, 'text', 7, { action: 'chat', text: 'a' }, { action: 'row', row: 1 }, { action: 'row', row: 2 }, {})
  await until(() => all.length === 7)
  expect(chats).toEqual(['a'])
  expect(rows).toEqual([2])
})

test('a listener with a match is removed by its function and by its signal', async () => {
  const socket = own.connect()
  await socket.ready()
  const told: string[] = []
  const controller = new AbortController()
  const off = socket.on('message', { a: 1 }, () => told.push('off'))
  socket.on('message', { a: 1 }, () => told.push('signal'), { signal: controller.signal })
  off()
  controller.abort()
  const last = new Promise((resolve) => socket.on('message', resolve))
  own.tell({ a: 1 })
  await last
  expect(told).toEqual([])
})

test('ready is one promise while the connectionId holds, and another for the next', async () => {
  const socket = own.connect()
  const first = socket.ready()
  expect(socket.ready()).toBe(first)
  expect(await first).toBe('id1=')
  expect(socket.ready()).toBe(first)
  // Asked the moment that it has none: it may have the next before anybody looks.
  const asked = new Promise<{ second: Promise<string> }>((resolve) =>
    socket.on('status', (status) => status !== 'ready' && resolve({ second: socket.ready() })),
  )
  own.backend.cut()
  const { second } = await asked
  expect(second).not.toBe(first)
  expect(await second).toBe('id2=')
  expect(socket.ready()).toBe(second)
  socket.close()
  expect(await failure(socket.ready())).toBe('closed')
})

test('for await sees every message from its first line on, and ends with close()', async () => {
  const socket = own.connect<number>()
  await socket.ready()
  const seen: number[] = []
  const reading = (async () => {
    for await (const message of socket) {
      seen.push(message)
      if (message % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      if (message === 999) socket.close()
    }
  })()
  own.tell(...Array.from({ length: 1000 }, (_, index) => index))
  await reading
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => index))
})

test('an iteration that is left removes its listener', async () => {
  const socket = own.connect()
  await socket.ready()
  own.tell(1, 2, 3)
  for await (const message of socket) {
    expect(message).toBe(1)
    break
  }
  const messages = socket.messages()
  expect(await messages.return()).toEqual({ done: true, value: undefined })
  expect(await messages.next()).toEqual({ done: true, value: undefined })
})

test('a full buffer ends the iteration with an error, after what waits', async () => {
  const socket = own.connect()
  await socket.ready()
  const messages = socket.messages({ buffer: 3 })
  const fifth = new Promise<void>((resolve) => socket.on('message', (message) => message === 5 && resolve()))
  own.tell(1, 2, 3, 4, 5)
  await fifth
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const message of messages) seen.push(message)
  })()
  expect(await failure(reading)).toBe('buffer-overflow')
  expect(seen).toEqual([1, 2, 3])
})

test('a full buffer that may drop keeps the newest, and counts', async () => {
  const socket = own.connect()
  await socket.ready()
  const messages = socket.messages({ buffer: 2, overflow: 'dropOldest', match: { action: 'row' } })
  const last = new Promise<void>((resolve) => socket.on('message', { n: 4 }, () => resolve()))
  own.tell({ action: 'row', n: 1 }, { action: 'row', n: 2 }, { n: 3 }, { action: 'row', n: 3 }, { action: 'row', n: 4 })
  await last
  expect(messages.dropped).toBe(2)
  expect((await messages.next()).value).toEqual({ action: 'row', n: 3 })
  expect((await messages.next()).value).toEqual({ action: 'row', n: 4 })
})

test('an iteration ends with what ended the session, or with its signal', async () => {
  const socket = own.connect({ reconnect: false, onError: () => {} })
  await socket.ready()
  const controller = new AbortController()
  const aborted = socket.messages({ signal: controller.signal })
  const waiting = [failure(aborted.next()), aborted.next()]
  controller.abort()
  expect(await waiting[0]).toBe('aborted')
  expect(await waiting[1]).toEqual({ done: true, value: undefined })
  expect(await failure(socket.messages({ signal: controller.signal }).next())).toBe('aborted')
  const lost = socket.messages()
  own.backend.cut()
  expect(await failure(lost.next())).toBe('connection-lost')
  expect(await failure(socket.messages().next())).toBe('connection-lost')
})

test('what iteration is told is checked', () => {
  const socket = own.connect()
  expect(() => socket.messages({ buffer: 0 })).toThrow(/buffer must be/)
  expect(() => socket.messages({ overflow: 'drop' as never })).toThrow(/overflow must be/)
})

test('what is misspelt is refused by name, with all that there is and the nearest of it', async () => {
  const socket = own.connect()
  await socket.ready()
  const room = await socket.join('tea')
  const wrong = (value: unknown) => value as never
  const calls: [() => unknown, RegExp][] = [
    [() => own.connect(wrong({ schem: 1 })), /no option schem\. Did you mean schema\?.* userTiming, schema,/],
    [() => own.connect(wrong({ onInvalids: () => {} })), /Did you mean onInvalid\?/],
    [() => own.connect(wrong({ should: 1 })), /Did you mean shouldReconnect\?/],
    [() => own.connect(wrong({ nothingLikeIt: 1 })), /no option nothingLikeIt\. There are: profile, /],
    [() => own.connect({ whenHidden: wrong({}) }), /whenHidden must be 'keep' or \{ closeAfter: milliseconds \}/],
    [() => own.connect({ whenHidden: wrong({ closeAfter: undefined }) }), /whenHidden must be 'keep' or/],
    [() => own.connect({ rooms: wrong({ sned: 'X' }) }), /no option rooms\.sned\. Did you mean rooms\.send\?.* members, sequence\./],
    [() => socket.messages(wrong({ bufer: 1 })), /Did you mean buffer\?/],
    [() => socket.on(wrong('connectionId'), () => {}), /no event connectionId\. Did you mean connectionid\?/],
    [() => socket.on('message', () => {}, wrong({ once: true })), /no option once\./],
    [() => socket.on('message', { a: 1 }, () => {}, wrong({ once: true })), /no option once\./],
    [() => room.on(wrong('member'), () => {}), /Did you mean members\?/],
    [() => socket.send(1, wrong({ timeout: 5 })), /no option timeout\. There are: retry, raw\./],
    [() => socket.request({}, wrong({ timout: 5 })), /Did you mean timeout\? There are: timeout, retry, signal\./],
    [() => socket.join('milk', wrong({ retry: true })), /no option retry\./],
  ]
  for (const [call, sentence] of calls) {
    const error = await (async () => call())().catch((error: GateSocketError) => error)
    expect(error).toMatchObject({ code: 'bad-options', message: expect.stringMatching(sentence) })
  }
  expect(await own.connect({ heartbeat: undefined, ...wrong({ notThere: undefined }) }).ready()).toBe('id2=')
})

test('the end of a block of `using` closes the session', async () => {
  let kept
  {
    using socket = connect(own.backend.address)
    kept = socket
    await socket.ready()
  }
  expect(kept.status).toBe('closed')
  {
    await using socket = connect(own.backend.address)
    kept = socket
    await socket.ready()
  }
  expect(kept.status).toBe('closed')
})

test('a room tells its own messages and members, and publishes', async () => {
  const socket = own.connect()
  const room = await socket.join('tea')
  expect(room.answer).toMatchObject({ joined: 'tea' })
  expect(room.members).toBe(null)
  const told: unknown[] = []
  const members: unknown[] = []
  room.on('message', (message) => told.push(message))
  room.on('members', (list) => members.push(list))
  own.tell({ room: 'tea', data: 1 }, { room: 'coffee', data: 2 }, { data: 3 }, null, { room: 'tea', members: ['id1=', 'id9='] })
  await until(() => members.length === 1)
  expect(told).toEqual([{ room: 'tea', data: 1 }])
  expect(members).toEqual([['id1=', 'id9=']])
  expect(room.count).toBe(2)
  expect(room.members).toEqual(['id1=', 'id9='])
  await room.send({ text: 'hi' })
  await socket.publish('coffee', 'beans')
  await until(() => own.backend.received('SEND_MESSAGE').length === 2)
  expect(own.backend.received('SEND_MESSAGE')).toEqual([
    { action: 'SEND_MESSAGE', room: 'tea', data: { text: 'hi' } },
    { action: 'SEND_MESSAGE', room: 'coffee', data: 'beans' },
  ])
})

test('a room that was joined twice is left with the last that leaves', async () => {
  const socket = own.connect()
  const [one, two] = await Promise.all([socket.join('tea'), socket.join('tea')])
  const three = await socket.join('tea')
  expect(three.answer).toEqual(one.answer)
  const told: string[] = []
  one.on('message', () => told.push('one'))
  two.on('message', () => told.push('two'))
  one.leave()
  one.leave()
  expect(one.on('message', () => told.push('late'))).toBeTypeOf('function')
  own.tell({ room: 'tea' })
  await until(() => told.length === 1)
  expect(told).toEqual(['two'])
  two.leave()
  await socket.send({ action: 'BETWEEN' })
  expect(own.backend.received('LEAVE_ROOM')).toEqual([])
  three.leave()
  await until(() => own.backend.received('LEAVE_ROOM').length === 1)
  expect(own.backend.received('JOIN_ROOM')).toHaveLength(1)
})

test('a join that is given up before the connection is ready never reaches the backend', async () => {
  const socket = own.connect()
  const controller = new AbortController()
  const joining = failure(socket.join('tea', { signal: controller.signal }))
  controller.abort()
  expect(await joining).toBe('aborted')
  await socket.ready()
  await socket.send({ action: 'AFTER' })
  await until(() => own.backend.received('AFTER').length === 1)
  expect(own.backend.received('JOIN_ROOM')).toEqual([])
})

test('the names of what is said about rooms are settable, and checked', async () => {
  const rooms = { join: 'ENTER', leave: 'EXIT', send: 'SAY', field: 'channel', members: 'people' }
  const socket = own.connect({ rooms })
  const joining = socket.join('tea')
  await until(() => own.backend.received('ENTER').length === 1)
  const [{ ref, ...asked }] = own.backend.received('ENTER')
  expect(asked).toEqual({ action: 'ENTER', channel: 'tea', connectionId: 'id1=' })
  own.tell({ ref, people: ['a'] })
  const room = await joining
  expect(room.members).toEqual(['a'])
  await room.send(1)
  room.leave()
  await until(() => own.backend.received('EXIT').length === 1)
  expect(own.backend.received('SAY')).toEqual([{ action: 'SAY', channel: 'tea', data: 1 }])
  expect(own.backend.received('EXIT')[0]).toMatchObject({ channel: 'tea' })
  for (const wrong of [{ sned: 'X' }, { join: '' }, { send: 1 }, 5, null]) {
    expect(() => own.connect({ rooms: wrong as never })).toThrow(/rooms/)
  }
})

const schemas = {
  zod: z.object({ text: z.string() }),
  valibot: valibot.object({ text: valibot.string() }),
  arktype: type({ text: 'string' }),
}

for (const [name, schema] of Object.entries(schemas)) {
  test(`a schema of ${name} turns what does not pass into an event`, async () => {
    const invalid: InvalidMessage[] = []
    const seen: string[] = []
    const socket = own.connect<{ text: string }>({
      schema,
      onMessage: ({ text }) => seen.push(text),
      onInvalid: (event) => invalid.push(event),
    })
    await socket.ready()
    own.tell({ text: 'a' }, { text: 1 }, 'no object', { text: 'b' })
    await until(() => seen.length === 2)
    expect(seen).toEqual(['a', 'b'])
    expect(invalid.map(({ message }) => message)).toEqual([{ text: 1 }, 'no object'])
    expect(invalid[0]!.issues[0]!.message).toMatch(/string/)
    expect(socket.status).toBe('ready')
  })
}

test('an asynchronous schema keeps the order', async () => {
  const slow = z.number().refine(async (number) => {
    await new Promise((resolve) => setTimeout(resolve, number % 2 ? 20 : 0))
    return number !== 3
  })
  const seen: number[] = []
  const invalid: unknown[] = []
  const socket = own.connect<number>({
    schema: slow,
    onMessage: (number) => seen.push(number),
    onInvalid: ({ message }) => invalid.push(message),
  })
  await socket.ready()
  own.tell(1, 2, 3, 4)
  await until(() => seen.length === 3)
  expect(seen).toEqual([1, 2, 4])
  expect(invalid).toEqual([3])
})

test('a schema that throws, or whose promise is rejected, refuses the message', async () => {
  const invalid: string[] = []
  const validate = (value: unknown) => {
    if (value === 1) throw new Error('now')
    return value === 2 ? Promise.reject(new Error('later')) : { value }
  }
  const socket = own.connect({
    schema: { '~standard': { version: 1, vendor: 'test', validate } },
    onInvalid: ({ issues }) => invalid.push(issues[0]!.message),
  })
  await socket.ready()
  own.tell(1, 2, 3)
  expect(await new Promise((resolve) => socket.on('message', resolve))).toBe(3)
  expect(invalid).toEqual(['The schema threw: Error: now', 'The schema threw: Error: later'])
})

test('a schema changes what it passes, answers included, and refuses answers', async () => {
  const schema = z.object({ sum: z.number().max(10).transform((sum) => sum * 2) })
  const socket = own.connect({ schema })
  expect(await socket.request({ action: 'ADD', numbers: [1, 2] })).toEqual({ sum: 6 })
  const error = await socket.request({ action: 'ADD', numbers: [10, 2] }).catch((error) => error)
  expect(error.code).toBe('invalid-message')
  expect(error.details.issues).toHaveLength(1)
})

test('a refused message that nobody hears of is on the console, once', async () => {
  const shown = vi.spyOn(console, 'error').mockImplementation(() => {})
  const socket = own.connect({ schema: z.number() })
  await socket.ready()
  own.tell('a', 'b', 1)
  await new Promise((resolve) => socket.on('message', resolve))
  expect(shown).toHaveBeenCalledTimes(1)
  shown.mockRestore()
})

test('what is no schema is refused', () => {
  expect(() => own.connect({ schema: (() => true) as never })).toThrow(/Standard Schema/)
})

test('raw sends a text as it is, and nothing else', async () => {
  const socket = own.connect()
  await socket.send('{"action":"RAW"}', { raw: true })
  await until(() => own.backend.received('RAW').length === 1)
  expect(await failure(socket.send({ action: 'RAW' } as never, { raw: true }))).toBe('bad-options')
})

test('onLink has each WebSocket before it opens, and hears its messages before the session', async () => {
  const links: number[] = []
  const heard: string[] = []
  const socket = own.connect({
    onLink: (link) => {
      links.push(link.readyState)
      link.addEventListener('message', () => heard.push('link'))
    },
    onMessage: () => heard.push('session'),
  })
  await socket.ready()
  heard.length = 0
  own.tell({ a: 1 })
  await until(() => heard.length === 2)
  expect(heard).toEqual(['link', 'session'])
  own.backend.cut()
  await until(() => links.length === 2)
  expect(links).toEqual([WebSocket.CONNECTING, WebSocket.CONNECTING])
})
