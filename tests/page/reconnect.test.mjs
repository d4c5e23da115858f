// A session that outlives its connections, in a real browser against a real WebSocket server.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { startBackend } from './backend.mjs'
import { launch, openPage } from './chromium.mjs'
import { installLedger } from './ledger.mjs'
import { fixturePage, serve } from './site.mjs'

/** Waits that are short, so that a lost connection is back in a moment. */
const QUICK = { reconnect: { baseDelay: 200 } }
let browser, site, backend, page, uncaught, closePage

before(async () => {
  browser = await launch()
  site = await serve({ '/': await fixturePage('api.js') })
})

after(async () => {
  await browser?.close()
  await site?.stop()
})

beforeEach(async () => {
  backend = await startBackend()
  ;({ page, uncaught, close: closePage } = await openPage(browser))
  await page.addInitScript(installLedger)
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
})

/** After every test its session is closed, and nothing of it may be left in the page. */
afterEach(async () => {
  await page.evaluate(() => globalThis.socket?.close())
  await page.waitForFunction(() => Object.values(ledger.left()).every((count) => count === 0), undefined, {
    timeout: 5000,
  })
  assert.deepEqual(uncaught, [])
  await closePage()
  backend.stop()
})

/** Connects in the page: `socket`, and `seen`, which keeps every event. */
const connected = (options = QUICK) =>
  page.evaluate(
    async ([url, options]) => {
      globalThis.seen = { status: [], connectionid: [], message: [], error: [], close: [] }
      globalThis.socket = connect(url, options)
      for (const name of Object.keys(seen)) socket.on(name, (event) => seen[name].push(event.code ?? event))
      return await socket.ready()
    },
    [backend.address, options],
  )
const seen = () => page.evaluate(() => structuredClone(globalThis.seen))
const has = (status) => page.waitForFunction((status) => socket.status === status, status)
const hasId = (id) => page.waitForFunction((id) => socket.connectionId === id, id)

/** Waits until something on this side is so. */
async function until(isSo, what) {
  const end = Date.now() + 10_000
  while (!isSo()) {
    assert.ok(Date.now() < end, `it never was so that ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('a lost connection comes back with a new connectionId, and what was sent meanwhile arrives in order', async () => {
  assert.equal(await connected(), 'id1=')
  await page.evaluate(() => {
    globalThis.sent = new Promise((resolve) =>
      socket.on('status', (status) => {
        if (status !== 'waiting') return
        const sends = Array.from({ length: 20 }, (_, number) => socket.send({ action: 'NOTE', number }))
        resolve(Promise.all(sends).then(() => 'all sent'))
      }),
    )
  })
  backend.cut()
  await hasId('id2=')
  assert.equal(await page.evaluate(() => sent), 'all sent')
  await until(() => backend.received('NOTE').length === 20, 'all arrived')
  const numbers = backend.connections[1].received.filter(({ action }) => action === 'NOTE').map(({ number }) => number)
  assert.deepEqual(numbers, Array.from({ length: 20 }, (_, number) => number))
  const { status, connectionid, close, error } = await seen()
  assert.deepEqual(status, ['identifying', 'ready', 'waiting', 'connecting', 'identifying', 'ready'])
  assert.deepEqual(connectionid.map(({ connectionId, previous }) => [connectionId, previous]), [
    ['id1=', null],
    ['id2=', 'id1='],
  ])
  assert.deepEqual(close, [1006])
  assert.deepEqual(error, [])
})

test('ready() waits across attempts, and the snapshot says when the next one comes', async () => {
  await connected()
  await page.evaluate(() => {
    globalThis.snapshot = new Promise((resolve) =>
      socket.on('status', (status) => {
        if (status === 'waiting') resolve({ ...socket.snapshot(), ahead: socket.retryAt - Date.now() })
      }),
    )
  })
  backend.cut()
  const { status, ahead, connectionId } = await page.evaluate(() => snapshot)
  assert.deepEqual([status, connectionId], ['waiting', null])
  assert.ok(ahead >= -50 && ahead <= 250, `${ahead} ms`)
  assert.equal(await page.evaluate(() => socket.ready()), 'id2=')
  assert.equal(await page.evaluate(() => socket.snapshot().retryAt), null)
})

test('a failed attempt is an error event, and the session goes on', async () => {
  const failed = page.evaluate(
    async () => {
      globalThis.socket = connect('ws://127.0.0.1:1/', { reconnect: { baseDelay: 20, maxDelay: 40 } })
      let errors = 0
      await new Promise((resolve) =>
        socket.on('error', (error) => {
          if (error.code !== 'connect-failed') throw error
          if (++errors === 3) resolve()
        }),
      )
      return [socket.status === 'closed', socket.snapshot().error.code]
    },
  )
  assert.deepEqual(await failed, [false, 'connect-failed'])
})

test('what may have left with a lost connection is delivery-unknown; with retry it goes out again', async () => {
  await connected()
  backend.connections[0].socket.pause()
  await page.evaluate(() => {
    globalThis.fates = []
    const text = 'x'.repeat(30_000)
    globalThis.settled = Promise.all(
      Array.from({ length: 1000 }, (_, number) =>
        socket
          .send({ action: 'NOTE', number, text }, { retry: number === 999 })
          .then(() => 'sent', (error) => error.code)
          .then((fate) => (fates[number] = fate)),
      ),
    )
  })
  // The buffers between the page and this process are full: nothing moves any more.
  let before = -1
  const count = () => page.evaluate(() => fates.filter(Boolean).length)
  for (let now = await count(); now !== before; now = await count()) {
    before = now
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  backend.cut()
  await page.evaluate(() => settled)
  const fates = await page.evaluate(() => fates)
  const first = fates.indexOf('delivery-unknown')
  assert.ok(first > 0, `the first ${first} were sent`)
  assert.ok(fates.slice(0, first).every((fate) => fate === 'sent'))
  assert.ok(fates.slice(first, 999).every((fate) => fate === 'delivery-unknown'))
  assert.equal(fates[999], 'sent')
  await until(() => backend.connections[1]?.received.some(({ number }) => number === 999), 'the last one came again')
  const again = backend.connections[1].received.filter(({ action }) => action === 'NOTE')
  assert.deepEqual(again.map(({ number }) => number), [999])
})

test('a request resolves to the message that repeats its ref, in whatever order they come', async () => {
  await connected()
  const answers = await page.evaluate(() =>
    Promise.all([1, 2, 3].map((number) => socket.request({ action: 'ADD', numbers: [number, 10] }))),
  )
  assert.deepEqual(answers.map(({ sum }) => sum), [11, 12, 13])
  assert.deepEqual((await seen()).message, [])
})

test('a request fails by its time, by its signal, or with its connection, and not otherwise', async () => {
  await connected()
  const codes = await page.evaluate(async () => {
    const code = (promise) => promise.then(() => 'answered', (error) => error.code)
    const silent = { action: 'NOBODY_ANSWERS' }
    const controller = new AbortController()
    const aborted = code(socket.request(silent, { signal: controller.signal }))
    const timed = code(socket.request(silent, { timeout: 100 }))
    setTimeout(() => controller.abort(), 20)
    return {
      aborted: await aborted,
      late: await code(socket.request(silent, { signal: controller.signal })),
      timed: await timed,
      list: await code(socket.request([1])),
      pending: socket.stats().pendingRequests,
    }
  })
  assert.deepEqual(codes, {
    aborted: 'aborted',
    late: 'aborted',
    timed: 'request-timeout',
    list: 'bad-options',
    pending: 0,
  })
  await page.evaluate(() => {
    const silent = { action: 'NOBODY_ANSWERS' }
    globalThis.lost = socket.request(silent).catch((error) => error.code)
    globalThis.again = socket.request({ action: 'LATER' }, { retry: true })
  })
  await until(() => backend.received('LATER').length === 1, 'the second one came')
  backend.cut()
  assert.equal(await page.evaluate(() => lost), 'connection-lost')
  await until(() => backend.received('LATER').length === 2, 'it came again')
  const { ref } = backend.received('LATER')[1]
  backend.connections[1].socket.send(JSON.stringify({ ref, done: true }))
  assert.deepEqual(await page.evaluate(() => again), { ref, done: true })
  assert.equal(backend.received('NOBODY_ANSWERS').length, 3, 'no request goes out twice by itself')
})

test('an old connection is replaced by a new one without a gap', async () => {
  await connected({ rotation: { age: 600, spread: 1 } })
  await page.evaluate(() => {
    let number = 0
    globalThis.sends = []
    globalThis.ticker = setInterval(() => sends.push(socket.send({ action: 'NOTE', number: number++ })), 10)
  })
  await hasId('id3=')
  const count = await page.evaluate(async () => {
    clearInterval(ticker)
    await Promise.all(sends)
    return sends.length
  })
  await until(() => backend.received('NOTE').length === count, 'all arrived')
  assert.deepEqual(backend.received('NOTE').map(({ number }) => number), Array.from({ length: count }, (_, n) => n))
  await until(() => backend.connections[1].closed !== null, 'the second one closed')
  assert.deepEqual(backend.connections.slice(0, 2).map(({ closed }) => closed), [1000, 1000])
  const { status, connectionid } = await seen()
  assert.deepEqual(status, ['identifying', 'ready'])
  assert.deepEqual(connectionid.slice(0, 3).map(({ connectionId, previous }) => [connectionId, previous]), [
    ['id1=', null],
    ['id2=', 'id1='],
    ['id3=', 'id2='],
  ])
})

test('a request on a connection that is replaced gets its answer there', async () => {
  await connected({ rotation: { age: 500, spread: 1, drain: 20_000 } })
  await page.evaluate(() => {
    globalThis.answer = socket.request({ action: 'LATER' })
  })
  await hasId('id2=')
  const [{ ref }] = backend.received('LATER')
  assert.equal(backend.connections[0].closed, null)
  backend.connections[0].socket.send(JSON.stringify({ ref, from: 'the old one' }))
  assert.deepEqual(await page.evaluate(() => answer), { ref, from: 'the old one' })
  await until(() => backend.connections[0].closed === 1000, 'the old one closed')
})

test('a silent connection is kept by a heartbeat whose answer is no message', async () => {
  await connected({ heartbeat: 150 })
  await page.waitForFunction(() => socket.stats().heartbeats >= 3)
  await until(() => backend.received('GET_CONNECTION_ID').length >= 4, 'the questions came')
  const { message, connectionid } = await seen()
  assert.deepEqual(message, [])
  assert.equal(connectionid.length, 1)
  assert.equal(backend.connections.length, 1)
})

test('a connection that no longer answers is found out and replaced', async () => {
  await connected({ ...QUICK, heartbeat: 150, probe: { timeout: 100, quiet: 1 } })
  // Frames are no longer read, and TCP goes on acknowledging them: only silence tells.
  backend.connections[0].socket.pause()
  await hasId('id2=')
  assert.equal(await page.evaluate(() => socket.stats().losses.silent), 1)
})

test('while offline nothing is tried, and online is enough to come back', async () => {
  await connected()
  await page.context().setOffline(true)
  backend.cut()
  await has('offline')
  await page.waitForTimeout(800)
  assert.equal(await page.evaluate(() => ledger.opened), 1)
  await page.evaluate(() => void (globalThis.sent = socket.send({ action: 'NOTE' })))
  await page.context().setOffline(false)
  await hasId('id2=')
  await page.evaluate(() => sent)
  await until(() => backend.connections[1].received.some(({ action }) => action === 'NOTE'), 'it came')
})

test('a page that goes into the back/forward cache closes, and comes back connected', async () => {
  await connected()
  const show = (type) => page.evaluate((type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type)
  await show('pagehide')
  await until(() => backend.connections[0].closed !== null, 'the connection closed')
  assert.equal(backend.connections[0].closed, 1000)
  assert.equal(await page.evaluate(() => socket.status), 'idle')
  await show('pageshow')
  await hasId('id2=')
})

test('a URL function is asked for every connection, also for its promise, and may fail for a time', async () => {
  const id = await page.evaluate(async (address) => {
    let asked = 0
    globalThis.errors = []
    const url = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (++asked === 2) throw new Error('no token, secret')
      return `${address}?token=${asked}`
    }
    globalThis.socket = connect(url, {
      reconnect: { baseDelay: 50 },
      onError: ({ code, message }) => errors.push([code, message]),
    })
    return await socket.ready()
  }, backend.address)
  assert.equal(id, 'id1=')
  backend.cut()
  await hasId('id2=')
  assert.deepEqual(backend.connections.map(({ url }) => url), ['/?token=1', '/?token=3'])
  const [[code, message], ...others] = await page.evaluate(() => errors)
  assert.equal(code, 'url-rejected')
  assert.doesNotMatch(message, /secret/)
  assert.deepEqual(others, [])
})

test('a URL function that throws or returns nonsense is an error of the attempt', async () => {
  const codes = await page.evaluate(async () => {
    const throws = () => {
      throw new Error('no')
    }
    const codes = []
    for (const url of [throws, () => Promise.reject(new Error('no')), () => 42, async () => 'http://x/']) {
      codes.push(await getConnectionId(url).catch((error) => error.code))
    }
    return codes
  })
  assert.deepEqual(codes, Array(4).fill('url-rejected'))
})

test('shouldReconnect decides by the close code whether a session goes on', async () => {
  await page.evaluate(async (url) => {
    globalThis.asked = []
    globalThis.socket = connect(url, {
      reconnect: { baseDelay: 50 },
      onError: () => {},
      shouldReconnect: ({ code, reason }) => {
        asked.push([code, reason])
        return code !== 4001
      },
    })
    await socket.ready()
  }, backend.address)
  backend.connections[0].socket.close(4000, 'again')
  await hasId('id2=')
  backend.connections[1].socket.close(4001, 'signed out')
  await has('closed')
  const [asked, error] = await page.evaluate(() => [globalThis.asked, socket.snapshot().error.code])
  assert.deepEqual(asked, [[4000, 'again'], [4001, 'signed out']])
  assert.equal(error, 'connection-lost')
  assert.equal(backend.connections.length, 2)
})

test('reconnect: false ends a session with its connection, and maxAttempts after so many', async () => {
  await connected({ reconnect: false })
  backend.cut()
  await has('closed')
  assert.deepEqual((await seen()).error, ['connection-lost'])
  const attempts = await page.evaluate(async () => {
    const before = ledger.opened
    const socket = connect('ws://127.0.0.1:1/', { reconnect: { baseDelay: 10, maxAttempts: 3 } })
    const code = await socket.ready().catch((error) => error.code)
    return [ledger.opened - before, code]
  })
  assert.deepEqual(attempts, [3, 'connect-failed'])
})

test('without identify, and in the profile generic, nothing is asked and bytes may pass', async () => {
  const result = await page.evaluate(async (url) => {
    const plain = connect(url, { identify: false })
    const none = [await plain.ready(), plain.connectionId, plain.status]
    plain.close()
    globalThis.socket = connect(url, { profile: 'generic' })
    await socket.ready()
    await socket.send(new Uint8Array([1, 2, 3]))
    await socket.send({ action: 'NOTE', text: 'x'.repeat(40_000) })
    return none
  }, backend.address)
  assert.deepEqual(result, [undefined, null, 'ready'])
  await until(() => backend.connections[1].received.length === 2, 'both came')
  const [bytes, note] = backend.connections[1].received
  assert.deepEqual([...bytes], [1, 2, 3])
  assert.equal(note.text.length, 40_000)
  assert.deepEqual(backend.received('GET_CONNECTION_ID'), [])
})

test('rooms are joined again with the new connectionId, and those that were left are not', async () => {
  await connected()
  const joined = await page.evaluate(async () => {
    const [tea, coffee] = await Promise.all([socket.join('tea'), socket.join('coffee')])
    coffee.leave()
    return [tea.name, tea.answer.joined]
  })
  assert.deepEqual(joined, ['tea', 'tea'])
  await until(() => backend.received('LEAVE_ROOM').length === 1, 'coffee was left')
  backend.cut()
  await until(() => backend.connections[1]?.received.some(({ action }) => action === 'JOIN_ROOM'), 'a room was joined again')
  const joins = backend.received('JOIN_ROOM').map(({ room, connectionId }) => [room, connectionId])
  assert.deepEqual(joins, [['tea', 'id1='], ['coffee', 'id1='], ['tea', 'id2=']])
  assert.deepEqual((await seen()).message, [])
})

test('a room that nobody can join rejects, and an empty name does too', async () => {
  await connected({ requestTimeout: 100 })
  backend.connections[0].socket.pause()
  const codes = await page.evaluate(() =>
    Promise.all(['tea', '', 42].map((name) => socket.join(name).catch((error) => error.code))),
  )
  assert.deepEqual(codes, ['request-timeout', 'bad-options', 'bad-options'])
})

test('stats count what happened', async () => {
  await connected()
  await page.evaluate(async () => {
    await socket.send({ action: 'NOTE', text: 'ü' })
    await socket.request({ action: 'ADD', numbers: [1] })
  })
  backend.connections[0].socket.send('"hello"')
  await page.waitForFunction(() => seen.message.length === 1)
  backend.cut()
  await hasId('id2=')
  const stats = await page.evaluate(() => socket.stats())
  const { linksBegun, linksOpened, linksReady, messagesReceived, messagesSent, losses, outbox } = stats
  assert.deepEqual([linksBegun, linksOpened, linksReady], [2, 2, 2])
  assert.deepEqual([messagesReceived, messagesSent, losses.closed], [1, 2, 1])
  assert.deepEqual(outbox, { messages: 0, bytes: 0 })
  const sizes = backend.connections[0].received
    .filter(({ action }) => action !== 'GET_CONNECTION_ID')
    .map((message) => Buffer.byteLength(JSON.stringify(message)))
  assert.equal(stats.bytesSent, sizes[0] + sizes[1])
  assert.ok(stats.roundTrip.last >= 0 && stats.roundTrip.longest >= stats.roundTrip.shortest)
})

test('close while waiting for the next attempt ends everything at once', async () => {
  await connected({ reconnect: { baseDelay: 5000, maxDelay: 5000 } })
  backend.cut()
  await has('waiting')
  const left = await page.evaluate(async () => {
    const sent = socket.send({}).catch((error) => error.code)
    const ready = socket.ready().catch((error) => error.code)
    socket.close()
    return [await sent, await ready, socket.status, ledger.left()]
  })
  assert.deepEqual(left, ['closed', 'closed', 'closed', { sockets: 0, listeners: 0, signals: 0, timers: 0 }])
})

test('the ledger sees what a live session holds, so that an empty one means something', async () => {
  await connected()
  const { sockets, listeners, signals, timers } = await page.evaluate(() => ledger.left())
  assert.equal(sockets, 1)
  assert.equal(listeners, 3)
  assert.equal(signals, 7)
  assert.ok(timers >= 1)
})
