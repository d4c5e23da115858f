// The trace of a session and its entries of User Timing, in a real browser against a real WebSocket server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QUICK, sessionPage, until } from './session-page.mjs'

const own = sessionPage()

/** The trace as it would be sent to somebody. */
const exported = () => own.page.evaluate(() => JSON.stringify(socket.trace())).then(JSON.parse)

/** Entries as short texts, without what differs from run to run. */
const texts = (entries) =>
  entries.map(({ number, time, event, link, delay, roundTrip, ...facts }) =>
    [link && `${link}:`, event, ...Object.values(facts)].filter((part) => part !== undefined).join(' '),
  )

test('the trace tells in order how a connection was lost and came back', async () => {
  const before = await own.page.evaluate(() => Date.now())
  await own.connected()
  own.backend.cut()
  await own.hasId('id2=')
  const entries = await exported()
  assert.deepEqual(texts(entries), [
    'status connecting',
    '1: connect',
    '1: open',
    'status identifying',
    '1: identify',
    '1: answer',
    'status ready',
    '1: connectionid id1=',
    '1: close false 1006',
    '1: lost broken',
    'wait 1',
    'status waiting',
    'status connecting',
    '2: connect',
    '2: open',
    'status identifying',
    '2: identify',
    '2: answer',
    'status ready',
    '2: connectionid id2=',
  ])
  assert.deepEqual(entries.map(({ number }) => number), entries.map((_, index) => index + 1))
  // The session's clock was set by the wall clock when it began, a moment before or after the browser's.
  const about = 1000
  const times = [before - about, ...entries.map(({ time }) => time), (await own.page.evaluate(() => Date.now())) + about]
  assert.deepEqual(times, times.toSorted((a, b) => a - b))
  const answers = entries.filter(({ event }) => event === 'answer')
  assert.ok(answers.every(({ roundTrip }) => roundTrip >= 0 && roundTrip < 60_000))
})

test('a listener hears every new entry once until it is taken away, and the trace goes on without it', async () => {
  await own.connected()
  const [before, heard, left] = await own.page.evaluate(async () => {
    const before = socket.trace().length
    globalThis.heard = []
    globalThis.offs = [socket.on('trace', (entry) => heard.push(entry)), socket.on('trace', (entry) => heard.push(entry))]
    await new Promise((resolve) => {
      const off = socket.on('trace', ({ event, step }) => {
        if (event !== 'room' || step !== 'joined') return
        off()
        resolve()
      })
      socket.join('tea')
    })
    for (const off of offs) off()
    dispatchEvent(new Event('online'))
    return [before, heard, socket.trace().slice(before)]
  })
  assert.deepEqual(texts(left), ['1: room 1 join', 'room 1 joined', 'page online'])
  assert.deepEqual(heard, left.slice(0, -1).flatMap((entry) => [entry, entry]))
  assert.ok(before > 0)
})

test('a listener may use and end the session, and hears it in order', async () => {
  await own.connected()
  const [heard, trace, uncaught] = await own.page.evaluate(async () => {
    const heard = []
    const errors = []
    addEventListener('error', (event) => (errors.push(event.message), event.preventDefault()))
    socket.on('trace', (entry) => {
      heard.push(entry)
      if (entry.signal === 'online') {
        socket.send({ action: 'NOTE' }).catch(() => {})
        socket.close(3000)
        throw new Error('a fault of the listener')
      }
    })
    dispatchEvent(new Event('online'))
    await new Promise((resolve) => setTimeout(resolve))
    return [heard, socket.trace(), errors]
  })
  assert.deepEqual(texts(heard), ['page online', '1: closing 3000', 'status closed'])
  assert.deepEqual(trace.slice(heard[0].number - 1, heard.at(-1).number), heard)
  assert.deepEqual(uncaught, ['Uncaught Error: a fault of the listener'])
})

test('no URL, token, reason, room or message gets into a trace, whatever it keeps', async () => {
  const secret = 'geheim'
  await own.page.evaluate(
    async ([address, secret]) => {
      let asked = 0
      const url = async () => {
        if (++asked === 1) throw new Error(secret)
        return `${address}?token=${secret}`
      }
      const shouldReconnect = ({ reason }) => reason !== secret
      const trace = { messages: true }
      globalThis.socket = connect(url, { trace, shouldReconnect, reconnect: { baseDelay: 20 }, onError: () => {} })
      await socket.ready()
      const room = await socket.join(secret)
      room.leave()
      await socket.send({ action: 'NOTE', secret })
      await socket.request({ action: 'ADD', numbers: [1], secret })
      socket.send({ secret: secret.repeat(10_000) }).catch(() => {})
    },
    [own.backend.address, secret],
  )
  own.backend.connections[0].socket.send(`{"message":"${secret}","connectionId":"id1=","requestId":"${secret}"}`)
  own.backend.connections[0].socket.close(4000, secret)
  await own.has('closed')
  const entries = await exported()
  const events = new Set(entries.map(({ event }) => event))
  const kept = ['refused', 'room', 'send', 'request', 'transmit', 'resolved', 'rejected', 'received', 'close', 'failed']
  assert.deepEqual(kept.filter((event) => !events.has(event)), [])
  assert.doesNotMatch(JSON.stringify(entries), new RegExp(secret))
})

test('a trace keeps as many entries as it is told, the last ones, or none', async () => {
  await own.connected({ trace: { entries: 3 } })
  await own.page.evaluate(() => {
    for (let round = 0; round < 5; round++) dispatchEvent(new Event('online'))
  })
  assert.deepEqual((await exported()).map(({ number }) => number), [11, 12, 13])
  const none = await own.page.evaluate(async (url) => {
    const silent = connect(url, { trace: false })
    const heard = []
    silent.on('trace', (entry) => heard.push(entry))
    await silent.ready()
    silent.close()
    return [silent.trace(), heard]
  }, own.backend.address)
  assert.deepEqual(none, [[], []])
})

test('messages have entries of their own only where they are asked for', async () => {
  await own.connected({ trace: { messages: true } })
  const { received } = own.backend.connections[0]
  await own.page.evaluate(() => socket.send({ action: 'NOTE', text: 'ü' }))
  await until(() => received.length === 2, 'it came')
  const bytes = Buffer.byteLength(JSON.stringify(received[1]))
  const entries = (await exported()).filter(({ event }) => ['send', 'transmit', 'resolved'].includes(event))
  assert.deepEqual(texts(entries), [`send ${bytes} 0`, '1: transmit 0', 'resolved 0'])
})

/** Collects all entries of User Timing that an observer sees from now on. */
const observe = () =>
  own.page.evaluate(() => {
    globalThis.measured = []
    new PerformanceObserver((list) =>
      measured.push(...list.getEntries().map(({ name, duration, detail, startTime }) => ({ name, duration, detail, startTime }))),
    ).observe({ type: 'measure' })
  })
const measured = (count) => own.page.waitForFunction((count) => measured.length >= count && measured, count).then((handle) => handle.jsonValue())
const inBuffer = () =>
  own.page.evaluate(() => performance.getEntriesByType('measure').map(({ name, detail }) => [name, detail.link]))

test('connect and identify are measured, on a track of their own, and follow each other', async () => {
  await observe()
  await own.connected()
  const [connected, identified] = await measured(2)
  const detail = { link: 1, ok: true, devtools: { track: 'gatesocket', color: 'primary' } }
  assert.deepEqual([connected.name, connected.detail], ['gatesocket connect', detail])
  assert.deepEqual([identified.name, identified.detail], ['gatesocket identify', detail])
  assert.ok(connected.duration > 0 && identified.duration > 0)
  assert.ok(Math.abs(connected.startTime + connected.duration - identified.startTime) < 0.5)
})

test('a replacement is measured from its beginning, and the page keeps the last entry of each name', async () => {
  await observe()
  await own.connected({ rotation: { age: 300, spread: 1 } })
  await own.page.waitForFunction(() => socket.stats().rotations > 0)
  const all = await measured(2 + 3)
  const links = (name) => all.filter((entry) => entry.name === `gatesocket ${name}`).map(({ detail }) => detail.link)
  assert.deepEqual([links('connect').slice(0, 2), links('identify').slice(0, 2), links('rotation')[0]], [[1, 2], [1, 2], 2])
  const of = (name) => all.find((entry) => entry.name === `gatesocket ${name}` && entry.detail.link === 2)
  assert.equal(of('rotation').startTime, of('connect').startTime)
  // But for what the sum of two fractions is rounded to.
  assert.ok(of('rotation').duration >= of('connect').duration + of('identify').duration - 0.001)
  const buffer = await inBuffer()
  assert.deepEqual(buffer.map(([name]) => name).sort(), ['gatesocket connect', 'gatesocket identify', 'gatesocket rotation'])
})

test('a connection that never opens or never answers is measured as a failure', async () => {
  await observe()
  await own.page.evaluate(async ([url]) => {
    await getConnectionId('ws://127.0.0.1:1/').catch(() => {})
    const identify = { action: 'NOTE', timeout: 20, attempts: 1 }
    await getConnectionId(url, { identify }).catch(() => {})
  }, [own.backend.address])
  const seen = (await measured(3)).map(({ name, detail }) => [name, detail.ok, detail.devtools.color])
  assert.deepEqual(seen, [
    ['gatesocket connect', false, 'error'],
    ['gatesocket connect', true, 'primary'],
    ['gatesocket identify', false, 'error'],
  ])
})

test('a generic connection is measured until it opens, and nothing is measured where userTiming is off', async () => {
  await observe()
  await own.page.evaluate(async (url) => {
    for (const options of [{ userTiming: false }, { profile: 'generic' }]) {
      const socket = connect(url, options)
      await socket.ready()
      socket.close()
    }
  }, own.backend.address)
  await measured(1)
  await own.page.waitForTimeout(100)
  assert.deepEqual((await own.page.evaluate(() => measured)).map(({ name }) => name), ['gatesocket connect'])
})

test('a page without performance.measure, or with one that throws or ends the session, is no worse off', async () => {
  for (const measure of ['undefined', '() => { throw new Error("no") }']) {
    const id = await own.page.evaluate(
      async ([url, measure]) => {
        performance.measure = eval(`(${measure})`)
        performance.clearMeasures = undefined
        return await getConnectionId(url)
      },
      [own.backend.address, measure],
    )
    assert.match(id, /^id\d=$/)
  }
  const codes = await own.page.evaluate(async (url) => {
    const codes = []
    for (let round = 0; round < 50; round++) {
      const ended = connect(url)
      performance.measure = () => ended.close()
      codes.push(await ended.ready().catch((error) => error.code))
    }
    delete performance.measure
    return [...new Set(codes), await getConnectionId(url)]
  }, own.backend.address)
  assert.equal(codes[0], 'closed')
  assert.match(codes.at(-1), /^id\d+=$/)
})
