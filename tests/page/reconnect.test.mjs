// A session that outlives its connections, in a real browser against a real WebSocket server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QUICK, sessionPage, until } from './session-page.mjs'

const own = sessionPage()

test('a lost connection comes back with a new connectionId, and what was sent meanwhile arrives in order', async () => {
  assert.equal(await own.connected(), 'id1=')
  await own.page.evaluate(() => {
    globalThis.sent = new Promise((resolve) =>
      socket.on('status', (status) => {
        if (status !== 'waiting') return
        const sends = Array.from({ length: 20 }, (_, number) => socket.send({ action: 'NOTE', number }))
        resolve(Promise.all(sends).then(() => 'all sent'))
      }),
    )
  })
  own.backend.cut()
  await own.hasId('id2=')
  assert.equal(await own.page.evaluate(() => sent), 'all sent')
  await until(() => own.backend.received('NOTE').length === 20, 'all arrived')
  const numbers = own.backend.connections[1].received.filter(({ action }) => action === 'NOTE').map(({ number }) => number)
  assert.deepEqual(numbers, Array.from({ length: 20 }, (_, number) => number))
  const { status, connectionid, close, error } = await own.seen()
  assert.deepEqual(status, ['identifying', 'ready', 'waiting', 'connecting', 'identifying', 'ready'])
  assert.deepEqual(connectionid.map(({ connectionId, previous }) => [connectionId, previous]), [
    ['id1=', null],
    ['id2=', 'id1='],
  ])
  assert.deepEqual(close, [1006])
  assert.deepEqual(error, [])
})

test('ready() waits across attempts, and the snapshot says when the next one comes', async () => {
  await own.connected()
  await own.page.evaluate(() => {
    globalThis.snapshot = new Promise((resolve) =>
      socket.on('status', (status) => {
        if (status === 'waiting') resolve({ ...socket.snapshot(), ahead: socket.retryAt - Date.now() })
      }),
    )
  })
  own.backend.cut()
  const { status, ahead, connectionId } = await own.page.evaluate(() => snapshot)
  assert.deepEqual([status, connectionId], ['waiting', null])
  // Of the clock by which everybody sees it; a busy machine may have let some of it pass.
  assert.ok(ahead >= -10_000 && ahead <= 250, `${ahead} ms`)
  assert.equal(await own.page.evaluate(() => socket.ready()), 'id2=')
  assert.equal(await own.page.evaluate(() => socket.snapshot().retryAt), null)
})

test('a failed attempt is an error event, and the session goes on', async () => {
  const failed = own.page.evaluate(
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

test('an old connection is replaced by a new one without a gap', async () => {
  await own.connected({ rotation: { age: 600, spread: 1 } })
  await own.page.evaluate(() => {
    let number = 0
    globalThis.sends = []
    globalThis.ticker = setInterval(() => sends.push(socket.send({ action: 'NOTE', number: number++ })), 10)
  })
  await own.hasId('id3=')
  const count = await own.page.evaluate(async () => {
    clearInterval(ticker)
    await Promise.all(sends)
    return sends.length
  })
  await until(() => own.backend.received('NOTE').length === count, 'all arrived')
  assert.deepEqual(own.backend.received('NOTE').map(({ number }) => number), Array.from({ length: count }, (_, n) => n))
  await until(() => own.backend.connections[1].closed !== null, 'the second one closed')
  assert.deepEqual(own.backend.connections.slice(0, 2).map(({ closed }) => closed), [1000, 1000])
  const { status, connectionid } = await own.seen()
  assert.deepEqual(status, ['identifying', 'ready'])
  assert.deepEqual(connectionid.slice(0, 3).map(({ connectionId, previous }) => [connectionId, previous]), [
    ['id1=', null],
    ['id2=', 'id1='],
    ['id3=', 'id2='],
  ])
})

test('a silent connection is kept by a heartbeat whose answer is no message', async () => {
  await own.connected({ heartbeat: 150 })
  await own.page.waitForFunction(() => socket.stats().heartbeats >= 3)
  await until(() => own.backend.received('GET_CONNECTION_ID').length >= 4, 'the questions came')
  const { message, connectionid } = await own.seen()
  assert.deepEqual(message, [])
  assert.equal(connectionid.length, 1)
  assert.equal(own.backend.connections.length, 1)
})

test('a connection that no longer answers is found out and replaced', async () => {
  await own.connected({ ...QUICK, heartbeat: 150, probe: { timeout: 1500, quiet: 1 } })
  // Frames are no longer read, and TCP goes on acknowledging them: only silence tells.
  own.backend.connections[0].socket.pause()
  await own.hasId('id2=')
  assert.equal(await own.page.evaluate(() => socket.stats().losses.silent), 1)
  assert.deepEqual((await own.seen()).close, [1006], 'the listener hears of it as of any other loss')
})

test('while offline nothing is tried, and online is enough to come back', async () => {
  await own.connected()
  await own.page.context().setOffline(true)
  own.backend.cut()
  await own.has('offline')
  await own.page.waitForTimeout(800)
  assert.equal(await own.page.evaluate(() => ledger.opened), 1)
  await own.page.evaluate(() => void (globalThis.sent = socket.send({ action: 'NOTE' })))
  await own.page.context().setOffline(false)
  await own.hasId('id2=')
  await own.page.evaluate(() => sent)
  await until(() => own.backend.connections[1].received.some(({ action }) => action === 'NOTE'), 'it came')
})

test('a page that goes into the back/forward cache closes, and comes back connected', async () => {
  await own.connected()
  const show = (type) => own.page.evaluate((type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type)
  await show('pagehide')
  await until(() => own.backend.connections[0].closed !== null, 'the connection closed')
  assert.equal(own.backend.connections[0].closed, 1000)
  assert.equal(await own.page.evaluate(() => socket.status), 'idle')
  await show('pageshow')
  await own.hasId('id2=')
})

test('a URL function is asked for every connection, also for its promise, and may fail for a time', async () => {
  const id = await own.page.evaluate(async (address) => {
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
  }, own.backend.address)
  assert.equal(id, 'id1=')
  own.backend.cut()
  await own.hasId('id2=')
  assert.deepEqual(own.backend.connections.map(({ url }) => url), ['/?token=1', '/?token=3'])
  const [[code, message], ...others] = await own.page.evaluate(() => errors)
  assert.equal(code, 'url-rejected')
  assert.doesNotMatch(message, /secret/)
  assert.deepEqual(others, [])
})

test('a URL function that throws or returns nonsense is an error of the attempt', async () => {
  const codes = await own.page.evaluate(async () => {
    const throws = () => {
      throw new Error('no')
    }
    const told = new Promise((onError) => (globalThis.socket = connect(throws, { onError })))
    if ((await told).code !== 'url-rejected') throw await told
    const codes = []
    for (const url of [throws, () => Promise.reject(new Error('no')), () => 42, async () => 'http://x/']) {
      codes.push(await getConnectionId(url).catch((error) => error.code))
    }
    return codes
  })
  assert.deepEqual(codes, Array(4).fill('url-rejected'))
})

test('shouldReconnect decides by the close code whether a session goes on', async () => {
  await own.page.evaluate(async (url) => {
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
  }, own.backend.address)
  own.backend.connections[0].socket.close(4000, 'again')
  await own.hasId('id2=')
  own.backend.connections[1].socket.close(4001, 'signed out')
  await own.has('closed')
  const [asked, error] = await own.page.evaluate(() => [globalThis.asked, socket.snapshot().error.code])
  assert.deepEqual(asked, [[4000, 'again'], [4001, 'signed out']])
  assert.equal(error, 'connection-lost')
  assert.equal(own.backend.connections.length, 2)
})

test('shouldReconnect is asked about links that the session gave up, with an error that says why, and once for each', async () => {
  await own.page.evaluate(async (url) => {
    globalThis.asked = []
    let urls = 0
    const address = () => {
      if (++urls === 1) throw new Error('no')
      return urls === 2 ? 'ws://127.0.0.1:1/' : url
    }
    globalThis.socket = connect(address, {
      reconnect: { baseDelay: 20 },
      heartbeat: 200,
      probe: { timeout: 1500, quiet: 1 },
      rotation: { age: 300, spread: 1, drain: 1 },
      onError: () => {},
      shouldReconnect: (close, error) => {
        asked.push([close, error.code, error.constructor.name, socket.status])
        return asked.length < 3
      },
    })
    await socket.ready()
  }, own.backend.address)
  // A replacement is no loss.
  await own.hasId('id2=')
  const gone = { code: 1006, reason: '', wasClean: false }
  const first = [
    [gone, 'url-rejected', 'GateSocketError', 'waiting'],
    [gone, 'connect-failed', 'GateSocketError', 'waiting'],
  ]
  assert.deepEqual(await own.page.evaluate(() => asked), first)
  // From here on nothing is answered, also on new connections.
  own.backend.pause()
  await own.has('closed')
  const [asked, code] = await own.page.evaluate(() => [globalThis.asked, socket.snapshot().error.code])
  assert.deepEqual(asked, [...first, [gone, 'connection-lost', 'GateSocketError', 'waiting']])
  assert.equal(code, 'connection-lost')
})

test('reconnect: false ends a session with its connection, and maxAttempts after so many', async () => {
  await own.connected({ reconnect: false })
  own.backend.cut()
  await own.has('closed')
  assert.deepEqual((await own.seen()).error, ['connection-lost'])
  const attempts = await own.page.evaluate(async () => {
    const before = ledger.opened
    const socket = connect('ws://127.0.0.1:1/', { reconnect: { baseDelay: 10, maxAttempts: 3 } })
    const code = await socket.ready().catch((error) => error.code)
    return [ledger.opened - before, code]
  })
  assert.deepEqual(attempts, [3, 'connect-failed'])
})

test('close while waiting for the next attempt ends everything at once', async () => {
  await own.connected()
  await own.page.evaluate(() => {
    globalThis.left = new Promise((resolve) =>
      socket.on('status', async (status) => {
        if (status !== 'waiting') return
        const sent = socket.send({}).catch((error) => error.code)
        const ready = socket.ready().catch((error) => error.code)
        socket.close()
        resolve([await sent, await ready, socket.status, ledger.left()])
      }),
    )
  })
  own.backend.cut()
  assert.deepEqual(await own.page.evaluate(() => left), ['closed', 'closed', 'closed', { sockets: 0, listeners: 0, signals: 0, timers: 0, ports: 0 }])
})

test('the ledger sees what a live session holds, so that an empty one means something', async () => {
  await own.connected()
  const { sockets, listeners, signals, timers } = await own.page.evaluate(() => ledger.left())
  assert.equal(sockets, 1)
  assert.equal(listeners, 3)
  assert.equal(signals, 7)
  assert.ok(timers >= 1)
})
