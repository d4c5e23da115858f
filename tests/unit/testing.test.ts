// The fake gateway, by sessions of the built package and by plain WebSockets.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, getConnectionId, type GateSocket, type GatewayFrame, type SessionOptions } from 'gatesocket'
import { fakeGateway, type FakeGateway, type FakeGatewayOptions } from 'gatesocket/testing'

const URL_ = 'wss://example.execute-api.eu-west-1.amazonaws.com/production/'
const RealWebSocket = WebSocket
// Not as an argument of `new URL` itself, which Vite would take for a file of a page.
const here = import.meta.url
const MINUTE = 60_000

let gateway: FakeGateway
let sockets: GateSocket<any, any>[]

beforeEach(() => {
  sockets = []
  gateway = fakeGateway()
})

afterEach(() => {
  for (const socket of sockets) socket.close()
  gateway.dispose()
  expect(WebSocket).toBe(RealWebSocket)
})

function open(options?: SessionOptions<any>): GateSocket<any, any> {
  const socket = connect<any, any>(URL_, options)
  sockets.push(socket)
  return socket
}

function anew(options: FakeGatewayOptions) {
  gateway.dispose()
  gateway = fakeGateway(options)
}

/** Everything that happens on a plain WebSocket. */
function watch(url = URL_, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols)
  socket.binaryType = 'arraybuffer'
  const seen: unknown[] = []
  socket.onopen = () => seen.push('open')
  socket.onmessage = ({ data }) => seen.push(data)
  socket.onerror = () => seen.push('error')
  socket.onclose = ({ code, reason, wasClean }) => seen.push({ code, reason, wasClean })
  return { socket, seen }
}

const LOST = ['error', { code: 1006, reason: '', wasClean: false }]

describe('a session', () => {
  test('gets a connectionId of the form that API Gateway gives, the same in every run', async () => {
    const socket = open()
    const id = await socket.ready()
    expect(id).toMatch(/^[A-Za-z0-9_-]{15}=$/)
    expect(Buffer.from(id, 'base64url')[8]).toBe(2)
    expect(gateway.connections.map((connection) => connection.id)).toEqual([id])
    expect(gateway.received).toEqual([{ action: 'GET_CONNECTION_ID' }])

    anew({})
    expect(await getConnectionId(URL_)).toBe(id)
    const [first, second] = [await gateway.connected(), gateway.connected()]
    expect(first.closed).toEqual({ code: 1000, reason: '', wasClean: true })
    expect(await getConnectionId(URL_)).not.toBe(id)
    expect((await second).id).not.toBe(id)
  })

  test('gets what the gateway sends, in order, and the gateway what it sends', async () => {
    const socket = open()
    const messages: unknown[] = []
    socket.on('message', (message) => messages.push(message))
    await socket.ready()
    gateway.send({ number: 1 })
    gateway.send('2')
    gateway.send('no JSON')
    await gateway.settled()
    expect(messages).toEqual([{ number: 1 }, 2, 'no JSON'])

    gateway.on('$default', () => {})
    await socket.send({ action: 'a', text: 'é😀' })
    await socket.send({ action: 'b' })
    expect(await gateway.receive({ action: 'b' })).toEqual({ action: 'b' })
    expect(await gateway.receive((message: any) => message.text)).toEqual({ action: 'a', text: 'é😀' })
    expect(gateway.connections[0]!.received).toEqual([{ action: 'GET_CONNECTION_ID' }, { action: 'a', text: 'é😀' }, { action: 'b' }])
  })

  test('has its requests answered by handlers, with the ref of each', async () => {
    gateway.on('ADD', async ({ numbers }) => ({ sum: numbers.reduce((sum: number, number: number) => sum + number, 0) }))
    const socket = open()
    const [one, other] = await Promise.all([
      socket.request({ action: 'ADD', numbers: [1, 2] }),
      socket.request({ action: 'ADD', numbers: [3, 4] }),
    ])
    expect([one.sum, other.sum]).toEqual([3, 7])
  })

  test('is told Forbidden, Internal server error and Bad request body with the bytes of the service', async () => {
    const shown = vi.spyOn(console, 'error').mockImplementation(() => {})
    gateway.on('KNOWN', () => 'fine')
    gateway.on('BROKEN', () => {
      throw new Error('a mistake')
    })
    gateway.crash('CRASHED')
    const { socket, seen } = watch()
    const connection = await gateway.connected()
    for (const action of ['UNKNOWN', 'KNOWN', 'BROKEN', 'CRASHED']) socket.send(JSON.stringify({ action }))
    socket.send('no JSON')
    await gateway.settled()
    gateway.forbid('KNOWN')
    socket.send('{"action":"KNOWN"}')
    await gateway.settled()
    connection.gatewayFrame('Bad request body')
    await gateway.settled()
    const ids = `"connectionId":"${connection.id}", "requestId":"…"}`
    const [forbidden, failed] = ['Forbidden', 'Internal server error'].map((message) => `{"message": "${message}", ${ids}`)
    const without = (text: unknown) => String(text).replace(/("(?:request|message)Id": ?)"[\w-]{15}="/, '$1"…"')
    expect(seen.map(without).sort()).toEqual(
      ['open', 'fine', forbidden, forbidden, forbidden, failed, failed, `{"message" : "Bad request body", "connectionId": "${connection.id}", "messageId": "…"}`].sort(),
    )
    expect(shown).toHaveBeenCalledTimes(1)
    expect(shown.mock.calls[0]).toEqual(['fakeGateway: the handler of BROKEN failed:', new Error('a mistake')])
    shown.mockRestore()
  })

  test('hears of a gateway frame by its event, and $default takes what no other takes', async () => {
    const socket = open()
    const frames: GatewayFrame[] = []
    socket.on('gatewayframe', (frame) => frames.push(frame))
    await socket.send({ action: 'UNKNOWN' })
    await gateway.settled()
    expect(frames.map(({ message }) => message)).toEqual(['Forbidden'])
    const back = gateway.on('$default', (message) => ({ taken: message }))
    const next = new Promise((resolve) => socket.on('message', resolve))
    await socket.send({ action: 'UNKNOWN' })
    expect(await next).toEqual({ taken: { action: 'UNKNOWN' } })
    back()
    await socket.send({ action: 'UNKNOWN' })
    await gateway.settled()
    expect(frames).toHaveLength(2)
  })

  test('getConnectionId tries once, also where reconnect is undefined, and more often where it is asked to', async () => {
    gateway.refuse(2)
    await expect(getConnectionId(URL_)).rejects.toMatchObject({ code: 'connect-failed' })
    const failed = getConnectionId(URL_, { reconnect: undefined })
    await expect(Promise.race([failed, gateway.advance(60_000)])).rejects.toMatchObject({ code: 'connect-failed' })
    gateway.refuse(1)
    const found = getConnectionId(URL_, { reconnect: {}, onError: () => {} } as SessionOptions)
    await gateway.advance(1001)
    expect(await found).toMatch(/^.{15}=$/)
  })

  test('fails to identify where the route is missing, and says so', async () => {
    gateway.forbid('GET_CONNECTION_ID')
    await expect(getConnectionId(URL_)).rejects.toMatchObject({ code: 'identify-failed' })
  })

  test('is in rooms: the answer, members who come and go, what is published', async () => {
    const [one, other] = [open(), open()]
    const room = await one.join('lobby')
    const heard: unknown[] = []
    room.on('message', (message) => heard.push(message))
    const ids = [await one.ready(), await other.ready()]
    expect(room.members).toEqual([ids[0]])
    const second = await other.join('lobby')
    await gateway.settled()
    expect(room.members).toEqual(ids)
    expect(gateway.room('lobby').members).toEqual(ids)
    await second.send('hi')
    gateway.room('lobby').send('from the backend')
    await gateway.settled()
    expect(heard.slice(-2)).toEqual([{ room: 'lobby', data: 'hi', from: ids[1] }, { room: 'lobby', data: 'from the backend' }])
    second.leave()
    await gateway.settled()
    expect(room.members).toEqual([ids[0]])
    one.close()
    await gateway.settled()
    expect(gateway.room('lobby').members).toEqual([])
  })

  test('is in numbered rooms, which speak as lambda/chat', async () => {
    anew({ numbered: true })
    const [ann, other] = [connect<any, any>(`${URL_}?name=Ann`), open()]
    const [connectionId, otherId] = [await ann.ready(), await other.ready()]
    const heard: any[] = []
    ann.on('message', (message) => heard.push(message))
    const me = { connectionId, name: 'Ann' }
    const ask = async (action: string, fields = {}) => {
      const { ref, ...answer } = await ann.request({ action, room: 'lobby', ...fields })
      expect(ref).toBeTruthy()
      return answer
    }
    const refused = { error: { code: 'not-a-member', message: 'Join the room first', notIn: 'lobby' } }
    for (const action of ['SEND_MESSAGE', 'HISTORY', 'MEMBERS']) expect(await ask(action, { data: 1 })).toEqual(refused)
    const spoofed = { error: { code: 'spoofed-connection', message: 'This connectionId is not yours', connectionId } }
    for (const action of ['JOIN_ROOM', 'LEAVE_ROOM']) expect(await ask(action, { connectionId: otherId })).toEqual(spoofed)
    expect(gateway.room('lobby').members).toEqual([])

    expect(await ask('JOIN_ROOM', { connectionId })).toEqual({ joined: 'lobby', sequence: 0, members: [me], count: 1 })
    await other.join('lobby')
    await gateway.settled()
    const both = { members: [me, { connectionId: otherId }], count: 2 }
    expect(heard).toEqual([{ room: 'lobby', ...both }])
    expect(await ask('MEMBERS')).toEqual({ membersOf: 'lobby', ...both })
    const sent = await ask('SEND_MESSAGE', { data: 'hi', id: 'one' })
    expect(sent).toEqual({ sent: 'lobby', sequence: 1, id: 'one', at: expect.any(Number) })
    expect(Math.abs(sent.at - Date.now())).toBeLessThan(60_000)
    const { at } = sent
    expect(heard.at(-1)).toEqual({ room: 'lobby', sequence: 1, id: 'one', from: me, data: 'hi', at })
    expect(await ask('SEND_MESSAGE', { data: 'hi', id: 'one' })).toEqual({ ...sent, duplicate: true })
    for (let number = 2; number <= 130; number++) gateway.room('lobby').send(number)
    const numbers = async (wish: object) => {
      const { history, messages, more, sequence } = await ask('HISTORY', wish)
      expect([history, sequence]).toEqual(['lobby', 130])
      return [messages[0].sequence, messages.at(-1).sequence, more]
    }
    expect(await numbers({})).toEqual([81, 130, true])
    expect(await numbers({ after: 0 })).toEqual([1, 50, true])
    expect(await numbers({ before: 31 })).toEqual([1, 30, false])
    expect(await numbers({ after: 10, limit: 200 })).toEqual([11, 110, true])
    expect(await ask('LEAVE_ROOM')).toEqual({ left: 'lobby' })
    expect(await ask('HISTORY')).toEqual(refused)
    ann.close()
  })

  for (const [way, go] of [
    ['a reconnect', () => (gateway.cut(), gateway.advance(1001))],
    ['a replacement', () => gateway.advance(116 * MINUTE)],
  ] as const) {
    test(`after ${way} a room has the members of the new answer`, async () => {
      const socket = open()
      const room = await socket.join('lobby')
      const told: (readonly unknown[])[] = []
      const messages: unknown[] = []
      room.on('members', (members) => told.push(members))
      socket.on('message', (message) => messages.push(message))
      const before = await socket.ready()
      await go()
      const now = socket.connectionId
      expect(now).not.toBe(before)
      expect(told[0]).toContain(now)
      expect(room.members).toContain(now)
      expect(room.answer).toMatchObject({ members: told[0] })
      // It is the answer to a question of the session's own, and no message.
      expect(messages.filter((message) => 'ref' in (message as object))).toEqual([])
    })
  }
})

describe('connections', () => {
  test('that are cut come back after a wait, which advance makes none', async () => {
    const socket = open()
    const statuses: string[] = []
    await socket.ready()
    socket.on('status', (status) => statuses.push(status))
    const first = await gateway.connected()
    gateway.cut()
    await gateway.settled()
    expect([socket.status, first.closed?.code, gateway.connections.length]).toEqual(['waiting', 1006, 0])
    await gateway.advance(1000)
    const second = await gateway.connected()
    expect(socket.connectionId).toBe(second.id)
    expect(second.id).not.toBe(first.id)
    expect(statuses).toEqual(['waiting', 'connecting', 'identifying', 'ready'])
  })

  test('may be refused: browsers see a loss without an open', async () => {
    gateway.refuse(2)
    const { socket, seen } = watch()
    const other = watch()
    await gateway.settled()
    expect([seen, other.seen, socket.readyState]).toEqual([LOST, LOST, 3])
    const third = watch()
    await gateway.settled()
    expect(third.seen).toEqual(['open'])
    gateway.refuse()
    const fourth = watch()
    await gateway.settled()
    gateway.accept()
    const fifth = watch()
    await gateway.settled()
    expect([fourth.seen, fifth.seen]).toEqual([LOST, ['open']])
  })

  test('are decided about by $connect, which sees the query and chooses the subprotocol', async () => {
    const ended: unknown[] = []
    gateway.on('$disconnect', ({ closed }) => void ended.push(closed?.code))
    gateway.on('$connect', async ({ url, protocols }) => {
      if (url.searchParams.get('token') !== 'good') return 401
      return { statusCode: 200, headers: { 'sec-websocket-protocol': protocols.at(-1) ?? '' } }
    })
    const seen = async (query: string, protocols?: string[]) => {
      const { socket, seen } = watch(URL_ + query, protocols)
      await gateway.settled()
      return [seen, socket.protocol]
    }
    expect(await seen('')).toEqual([LOST, ''])
    expect(await seen('?token=good')).toEqual([['open'], ''])
    expect(await seen('?token=good', ['a', 'b'])).toEqual([['open'], 'b'])
    gateway.on('$connect', () => {})
    expect(await seen('', ['a', 'b'])).toEqual([LOST, ''])
    const shown = vi.spyOn(console, 'error').mockImplementation(() => {})
    gateway.on('$connect', () => Promise.reject(new Error('a mistake')))
    expect(await seen('')).toEqual([LOST, ''])
    expect(shown).toHaveBeenCalledTimes(1)
    shown.mockRestore()
    expect(ended).toEqual([])
    gateway.close()
    await gateway.settled()
    expect(ended).toEqual([1000, 1000])
  })

  test('that hang are given up by a session, and the client that left is noticed', async () => {
    let answer = (_: number) => {}
    gateway.on('$connect', () => new Promise<number>((resolve) => (answer = resolve)))
    const socket = open({ reconnect: false })
    const failed = socket.ready().catch((error) => error)
    await gateway.advance(11_000)
    expect((await failed).code).toBe('connect-timeout')
    answer(200)
    await gateway.settled()
    expect(gateway.connections).toEqual([])
  })

  test('end as the gateway or the client wants it', async () => {
    const { socket, seen } = watch()
    const connection = await gateway.connected()
    connection.close()
    await gateway.settled()
    expect(seen).toEqual(['open', { code: 1000, reason: 'Connection Closed Normally', wasClean: true }])
    expect(() => connection.send('late')).toThrow(/410/)
    socket.send('late')

    for (const [args, code] of [[[], 1005], [[4000, 'done'], 4000]] as const) {
      const { socket, seen } = watch()
      const connection = await gateway.connected()
      socket.close(...(args as []))
      expect(socket.readyState).toBe(WebSocket.CLOSING)
      await gateway.settled()
      expect(seen).toEqual(['open', { code, reason: args[1] ?? '', wasClean: true }])
      expect(connection.closed).toEqual({ code, reason: args[1] ?? '', wasClean: true })
    }
    const early = watch()
    early.socket.close()
    await gateway.settled()
    expect(early.seen).toEqual(LOST)
  })

  test('are closed for what API Gateway does not take', async () => {
    const sent = async (data: string | Uint8Array<ArrayBuffer>) => {
      const { socket, seen } = watch()
      await gateway.connected()
      socket.send(data)
      await gateway.settled()
      return seen.at(-1)
    }
    expect(await sent(new Uint8Array(3))).toEqual({ code: 1003, reason: '', wasClean: true })
    expect(await sent('é'.repeat(16_384))).toContain('Forbidden')
    expect(await sent('é'.repeat(16_384) + 'x')).toEqual({
      code: 1009,
      reason: 'Max frame length of 32768 has been exceeded',
      wasClean: true,
    })
    watch()
    await gateway.connected()
    expect(() => gateway.send('x'.repeat(131_073))).toThrow(/413/)
    gateway.send('x'.repeat(131_072))
    expect(() => gateway.send(undefined)).toThrow(/what JSON can hold/)
  })

  test('are those of one URL, and other URLs get what was there before', () => {
    gateway.dispose()
    const there: string[] = []
    class Before {
      constructor(url: string | URL) {
        there.push(String(url))
      }
    }
    vi.stubGlobal('WebSocket', Before)
    for (const [wanted, hits, misses] of [
      [URL_, [URL_, URL_.slice(0, -1), `${URL_}?a=1`, URL_.replace('wss', 'ws')], ['wss://example.org/', `${URL_}x`]],
      [new URL(URL_), [`${URL_}?a=1`], ['wss://example.org/']],
      [/\/production\//, [URL_], ['wss://example.org/']],
      [(url: URL) => url.host === 'example.org', ['wss://example.org/x'], [URL_]],
    ] as const) {
      const gateway = fakeGateway(wanted)
      for (const url of hits) expect(new WebSocket(url)).not.toBeInstanceOf(Before)
      expect(there).toEqual([])
      for (const url of misses) expect(new WebSocket(url)).toBeInstanceOf(Before)
      expect(there.splice(0)).toEqual(misses)
      gateway.dispose()
      expect(WebSocket).toBe(Before)
    }
    vi.unstubAllGlobals()
    expect(WebSocket).toBe(RealWebSocket)
  })

  test('of two gateways are kept apart, in whatever order these are disposed of', async () => {
    const [one, other] = [fakeGateway('ws://one/'), fakeGateway('ws://other/')]
    const sockets = [watch('ws://one/'), watch('ws://other/')]
    expect((await one.connected()).url.host).toBe('one')
    expect((await other.connected()).url.host).toBe('other')
    one.dispose()
    other.send('still there')
    await other.settled()
    expect(sockets.map(({ seen }) => seen)).toEqual([['open'], ['open', 'still there']])
    other.dispose()
    expect(gateway.connections).toEqual([])
  })
})

describe('time', () => {
  test('an idle connection is closed after 10 minutes, and data begins them anew', async () => {
    const { socket, seen } = watch()
    await gateway.connected()
    await gateway.advance(9 * MINUTE)
    socket.send('x')
    await gateway.advance(9 * MINUTE)
    gateway.send('y')
    await gateway.advance(10 * MINUTE - 1000)
    expect(seen.at(-1)).toBe('y')
    await gateway.advance(1000)
    expect(seen.at(-1)).toEqual({ code: 1001, reason: 'Going away', wasClean: true })
  })

  test('a connection is closed after 2 hours, however busy it is', async () => {
    const { socket, seen } = watch()
    await gateway.connected()
    for (let minutes = 0; minutes < 115; minutes += 5) {
      await gateway.advance(5 * MINUTE)
      socket.send('x')
    }
    await gateway.advance(5 * MINUTE - 1000)
    expect(socket.readyState).toBe(1)
    await gateway.advance(1000)
    expect(seen.at(-1)).toEqual({ code: 1001, reason: 'Going away', wasClean: true })
  })

  test('a session survives both: heartbeats keep it, and it is replaced before the end without a gap', async () => {
    const socket = open()
    const events: unknown[] = []
    await socket.ready()
    socket.on('connectionid', ({ connectionId, previous }) => events.push({ connectionId, previous }))
    socket.on('status', (status) => events.push(status))
    const first = await gateway.connected()
    await gateway.advance(100 * MINUTE)
    expect(socket.stats().heartbeats).toBeGreaterThanOrEqual(10)
    expect(events).toEqual([])
    await gateway.advance(16 * MINUTE)
    const second = await gateway.connected()
    expect(events).toEqual([{ connectionId: second.id, previous: first.id }])
    expect(socket.stats()).toMatchObject({ rotations: 1, losses: { closed: 0 } })
    expect(first.closed).toMatchObject({ code: 1000, wasClean: true })
  })

  test('a connection that died in silence is found by the heartbeat', async () => {
    const socket = open({ heartbeat: 60_000 })
    await socket.ready()
    const first = await gateway.connected()
    gateway.silence()
    await gateway.advance(90_000)
    expect(socket.stats().linksOpened).toBe(2)
    expect(socket.connectionId).toBe((await gateway.connected()).id)
    expect(first.isOpen).toBe(false)
  })

  test('a request that nobody answers times out, and a handler that takes too long too', async () => {
    const shown = vi.spyOn(console, 'error').mockImplementation(() => {})
    gateway.on('SLOW', () => new Promise(() => {}))
    const socket = open()
    await socket.ready()
    const request = socket.request({ action: 'SLOW' }, { timeout: 1000 }).catch((error) => error.code)
    await gateway.advance(1001)
    expect(await request).toBe('request-timeout')
    const frame = new Promise((resolve) => socket.on('gatewayframe', resolve))
    await gateway.advance(28_000)
    expect(await frame).toMatchObject({ message: 'Internal server error' })
    shown.mockRestore()
  })

  test('limits may be others, and time goes on by itself too', async () => {
    anew({ idleTimeout: 50, maxConnectionDuration: 10_000 })
    const { seen } = watch()
    await gateway.connected()
    await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ code: 1001 }), 30_000)
  })

  test('a limit may be longer than any timer, or none', async () => {
    for (const never of [Infinity, 2 ** 31]) {
      anew({ idleTimeout: never, maxConnectionDuration: never })
      const socket = open({ rotation: false, heartbeat: false })
      await socket.ready()
      // Node's timers would fire after a millisecond.
      await new Promise((resolve) => setTimeout(resolve, 30))
      await gateway.advance(180 * MINUTE)
      expect(socket.stats()).toMatchObject({ linksOpened: 1, losses: { closed: 0 } })
      socket.close()
    }
  })

  test('advance moves nothing but sessions and gateways', async () => {
    const before = Date.now()
    const timer = vi.fn()
    const id = setTimeout(timer, 5000)
    await gateway.advance(3_600_000)
    clearTimeout(id)
    expect(timer).not.toHaveBeenCalled()
    expect(Date.now() - before).toBeLessThan(60_000)
    for (const wrong of [-1, NaN, Infinity, '5' as never]) await expect(gateway.advance(wrong)).rejects.toThrow(TypeError)
  })
})

describe('with the fake timers of Vitest', () => {
  afterEach(() => void vi.useRealTimers())

  for (const options of [undefined, { toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance', 'queueMicrotask'] }] as const) {
    test(`a session connects without any time, and its time is theirs (${options ? 'some' : 'the usual ones'})`, async () => {
      vi.useFakeTimers(options as never)
      const socket = open()
      await socket.ready()
      gateway.cut()
      await gateway.settled()
      expect(socket.status).toBe('waiting')
      await vi.advanceTimersByTimeAsync(1001)
      expect(socket.status).toBe('ready')
      await vi.advanceTimersByTimeAsync(60 * MINUTE)
      expect(socket.stats()).toMatchObject({ linksOpened: 2, probes: 0, losses: { broken: 1, silent: 0 } })
      expect(socket.stats().heartbeats).toBeGreaterThanOrEqual(6)
      const { seen } = watch()
      await gateway.settled()
      await vi.advanceTimersByTimeAsync(10 * MINUTE)
      expect(seen.at(-1)).toMatchObject({ code: 1001 })
      // The gateway's own way on goes with them too.
      gateway.cut()
      await gateway.advance(1001)
      expect(socket.status).toBe('ready')
    })
  }

  test('that begin and end while a session lives, the session goes on', async () => {
    const socket = open({ heartbeat: false })
    await socket.ready()
    vi.useFakeTimers({ now: 0 })
    gateway.cut()
    await gateway.settled()
    await vi.advanceTimersByTimeAsync(1001)
    expect(socket.status).toBe('ready')
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    vi.useRealTimers()
    gateway.cut()
    await gateway.advance(1001)
    expect(socket.status).toBe('ready')
    expect(socket.stats().linksOpened).toBe(3)
  })
})

describe('what a test waits for', () => {
  test('has a limit, and the rejection says what came instead', async () => {
    await expect(gateway.connected({ timeout: 10 })).rejects.toThrow('No connection was opened in time; 0 were before.')
    await expect(gateway.receive({ action: 'x' }, { timeout: 10 })).rejects.toThrow(
      'No message that fits {"action":"x"} arrived in time. None did at all.',
    )
    await open().ready()
    const [connection] = gateway.connections
    await expect(connection!.receive({ action: 'x' }, { timeout: 10 })).rejects.toThrow(
      'All that did: [{"action":"GET_CONNECTION_ID"}]',
    )
    anew({})
    expect(() => gateway.send('nobody')).toThrow('No connection is open')
  })

  test('a session that nobody closed keeps no process alive once its gateway is gone', async () => {
    const file = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../pkg/esm/${name}.js`, here)))
    const code = `
      import { connect } from ${file('index')}
      import { fakeGateway } from ${file('testing')}
      const gateway = fakeGateway()
      const socket = connect('wss://a/')
      await socket.send({ action: 'GET_CONNECTION_ID' })
      gateway.dispose()
      console.log(socket.status)`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { timeout: 60_000 })
    expect((await run).stdout).toBe('ready\n')
  })

  test('is rejected when the gateway is disposed of, and nothing of its sessions happens any more', async () => {
    const socket = open({ onStatus: (status) => statuses.push(status), heartbeat: 20 })
    const statuses: string[] = []
    await socket.ready()
    const waiting = gateway.receive({ action: 'never' })
    gateway.dispose()
    gateway.dispose()
    await expect(waiting).rejects.toThrow('disposed of')
    statuses.length = 0
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(statuses).toEqual([])
    expect(gateway.received.filter(({ action }) => action === 'GET_CONNECTION_ID').length).toBeLessThan(8)
  })

  test('a gateway that could not be made leaves time as it was', () => {
    gateway.dispose()
    const clock = Symbol.for('gatesocket.time')
    expect(clock in globalThis).toBe(false)
    expect(() => fakeGateway('wss://')).toThrow()
    expect(clock in globalThis).toBe(false)
    expect(WebSocket).toBe(RealWebSocket)
  })

  test('a WebSocket of a test that can not be listened to is refused, and ends no other session', async () => {
    const socket = open()
    await socket.ready()
    const fake = WebSocket
    globalThis.WebSocket = class {
      send() {}
      close() {}
    } as never
    expect(() => connect(URL_)).toThrow('There is no WebSocket here.')
    globalThis.WebSocket = fake
    await socket.request({ action: 'JOIN_ROOM', room: 'lobby' })
    expect(socket.status).toBe('ready')
  })

  test('a crash is told to every session, also where console.error throws', async () => {
    const [one, other] = [open(), open()]
    await Promise.all([one.ready(), other.ready()])
    gateway.on('SLOW', () => new Promise(() => {}))
    const statuses: string[] = []
    other.on('status', (status) => statuses.push(status))
    other.on('error', () => {})
    const pending = other.request({ action: 'SLOW' }).catch((error) => error.code)
    await gateway.receive({ action: 'SLOW' })
    const shown = vi.spyOn(console, 'error').mockImplementation(() => {
      throw new Error('console.error fails the test')
    })
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const clock = (globalThis as any)[Symbol.for('gatesocket.time')]
    const { performance } = clock
    clock.performance = { now: () => { throw new Error('patched') } }
    await expect(one.send({})).rejects.toMatchObject({ code: 'crashed' })
    expect(await pending).toBe('crashed')
    clock.performance = performance
    shown.mockRestore()
    vi.unstubAllGlobals()
    expect(statuses).toEqual(['closed'])
    expect(reported).toHaveBeenCalledOnce()
  })

  test('a misuse is refused with a sentence', () => {
    expect(() => fakeGateway({ idleTimout: 5 } as never)).toThrow('fakeGateway has no option idleTimout.')
    expect(() => fakeGateway(URL_, { idleTimeout: 0 })).toThrow('idleTimeout must be a number of milliseconds above 0.')
    expect(() => gateway.on('$conect', () => {})).toThrow('"$conect" is no route key')
    expect(() => gateway.on('x', 5 as never)).toThrow('The handler of x must be a function.')
    expect(() => new WebSocket('mailto:x')).toThrow(DOMException)
    expect(() => new WebSocket(`${URL_}#fragment`)).toThrow(DOMException)
    expect(() => new WebSocket(URL_, ['a', 'a'])).toThrow(DOMException)
    const socket = new WebSocket(URL_)
    expect(() => socket.send('early')).toThrow(DOMException)
    expect(() => socket.close(1001)).toThrow(DOMException)
    expect(() => socket.close(1000, 'x'.repeat(124))).toThrow(DOMException)
    expect(socket).toBeInstanceOf(WebSocket)
    expect([WebSocket.OPEN, socket.OPEN, socket.url, socket.bufferedAmount]).toEqual([1, 1, URL_, 0])
  })
})
