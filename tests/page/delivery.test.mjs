// What becomes of messages, requests and rooms when a connection is lost, and what a session counts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionPage, until } from './session-page.mjs'

const own = sessionPage()

test('what may have left with a lost connection is delivery-unknown; with retry it goes out again', async () => {
  await own.connected()
  own.backend.connections[0].socket.pause()
  await own.page.evaluate(() => {
    globalThis.fates = []
    const text = 'x'.repeat(30_000)
    globalThis.settled = Promise.all(
      Array.from({ length: 500 }, (_, number) =>
        socket
          .send({ action: 'NOTE', number, text }, { retry: number === 499 })
          .then(() => 'sent', (error) => error.code)
          .then((fate) => (fates[number] = fate)),
      ),
    )
  })
  // The buffers between the page and this process are full: nothing moves any more.
  let before = 0
  const count = () => own.page.evaluate(() => fates.filter(Boolean).length)
  for (let now = await count(); now === 0 || now !== before; now = await count()) {
    before = now
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  own.backend.cut()
  await own.page.evaluate(() => settled)
  const fates = await own.page.evaluate(() => fates)
  const first = fates.indexOf('delivery-unknown')
  assert.ok(first > 0, `the first ${first} were sent`)
  assert.ok(fates.slice(0, first).every((fate) => fate === 'sent'))
  assert.ok(fates.slice(first, 499).every((fate) => fate === 'delivery-unknown'))
  assert.equal(fates[499], 'sent')
  await until(() => own.backend.connections[1]?.received.some(({ number }) => number === 499), 'the last one came again')
  const again = own.backend.connections[1].received.filter(({ action }) => action === 'NOTE')
  assert.deepEqual(again.map(({ number }) => number), [499])
})

test('a send resolves without a timer, which a hidden page gets up to a minute late', async () => {
  await own.connected()
  const tookAtMost = await own.page.evaluate(async () => {
    const native = globalThis.setTimeout
    globalThis.setTimeout = (handler, time) => native(handler, time + 60_000)
    let longest = 0
    for (let number = 0; number < 50; number++) {
      const began = performance.now()
      await socket.send({ action: 'NOTE', number, text: 'x'.repeat(number * 20) })
      longest = Math.max(longest, performance.now() - began)
    }
    globalThis.setTimeout = native
    return longest
  })
  // Less than a timer would take, on a busy machine too.
  assert.ok(tookAtMost < 30_000, `${tookAtMost} ms`)
})

test('where a buffer takes long to drain and timers come late, any message that arrives is an occasion to look', async () => {
  await own.connected()
  const { socket } = own.backend.connections[0]
  // More than the buffers between the page and this process take, so that the first look finds some of it there.
  socket.pause()
  await own.page.evaluate(async () => {
    const native = globalThis.setTimeout
    globalThis.setTimeout = (handler, time) => native(handler, time + 600_000)
    const text = 'x'.repeat(30_000)
    globalThis.sent = 'waiting'
    Promise.all(Array.from({ length: 500 }, () => socket.send({ action: 'NOTE', text }))).then(() => (sent = 'sent'))
    await new Promise((resolve) => native(resolve, 500))
  })
  socket.resume()
  await until(() => own.backend.received('NOTE').length === 500, 'all arrived')
  assert.equal(await own.page.evaluate(() => sent), 'waiting', 'the first look was not enough')
  socket.send('{}')
  await own.page.waitForFunction(() => sent === 'sent')
})

test('a request resolves to the message that repeats its ref, in whatever order they come', async () => {
  await own.connected()
  const answers = await own.page.evaluate(() =>
    Promise.all([1, 2, 3].map((number) => socket.request({ action: 'ADD', numbers: [number, 10] }))),
  )
  assert.deepEqual(answers.map(({ sum }) => sum), [11, 12, 13])
  assert.deepEqual((await own.seen()).message, [])
})

test('a request fails by its time, by its signal, or with its connection, and not otherwise', async () => {
  await own.connected()
  const codes = await own.page.evaluate(async () => {
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
  await own.page.evaluate(() => {
    const silent = { action: 'NOBODY_ANSWERS' }
    globalThis.lost = socket.request(silent).catch((error) => error.code)
    globalThis.again = socket.request({ action: 'LATER' }, { retry: true })
  })
  await until(() => own.backend.received('LATER').length === 1, 'the second one came')
  own.backend.cut()
  assert.equal(await own.page.evaluate(() => lost), 'connection-lost')
  await until(() => own.backend.received('LATER').length === 2, 'it came again')
  const { ref } = own.backend.received('LATER')[1]
  own.backend.connections[1].socket.send(JSON.stringify({ ref, done: true }))
  assert.deepEqual(await own.page.evaluate(() => again), { ref, done: true })
  assert.equal(own.backend.received('NOBODY_ANSWERS').length, 3, 'no request goes out twice by itself')
})

test('a request that is aborted at once leaves nothing to look after, and no connection open that nobody sees', async () => {
  await own.connected({ whenHidden: { closeAfter: 200 } })
  const timers = await own.page.evaluate(async () => {
    const controller = new AbortController()
    const aborted = socket.request({ action: 'NOBODY_ANSWERS' }, { signal: controller.signal }).catch(({ code }) => code)
    controller.abort()
    if ((await aborted) !== 'aborted') return aborted
    const native = globalThis.setTimeout
    let timers = 0
    globalThis.setTimeout = (...args) => (timers++, native(...args))
    await new Promise((resolve) => native(resolve, 500))
    globalThis.setTimeout = native
    return timers
  })
  assert.ok(timers < 3, `${timers} timers in half a second`)
  await own.page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await own.has('idle')
})

test('a request on a connection that is replaced gets its answer there', async () => {
  await own.page.evaluate((url) => {
    globalThis.socket = connect(url, { rotation: { age: 500, spread: 1, drain: 600_000 } })
    // Goes out with the first connection, however soon that is replaced.
    globalThis.answer = socket.request({ action: 'LATER' })
  }, own.backend.address)
  await own.hasId('id2=')
  const [{ ref }] = own.backend.received('LATER')
  assert.equal(own.backend.connections[0].closed, null)
  own.backend.connections[0].socket.send(JSON.stringify({ ref, from: 'the old one' }))
  assert.deepEqual(await own.page.evaluate(() => answer), { ref, from: 'the old one' })
  await until(() => own.backend.connections[0].closed === 1000, 'the old one closed')
})

test('without identify, and in the profile generic, nothing is asked and bytes may pass', async () => {
  const result = await own.page.evaluate(async (url) => {
    const plain = connect(url, { identify: false })
    const none = [await plain.ready(), plain.connectionId, plain.status]
    plain.close()
    globalThis.socket = connect(url, { profile: 'generic' })
    await socket.ready()
    await socket.send(new Uint8Array([1, 2, 3]))
    await socket.send({ action: 'NOTE', text: 'x'.repeat(40_000) })
    return none
  }, own.backend.address)
  assert.deepEqual(result, [undefined, null, 'ready'])
  await until(() => own.backend.connections[1].received.length === 2, 'both came')
  const [bytes, note] = own.backend.connections[1].received
  assert.deepEqual([...bytes], [1, 2, 3])
  assert.equal(note.text.length, 40_000)
  assert.deepEqual(own.backend.received('GET_CONNECTION_ID'), [])
})

test('bytes go out as they were when they were sent, also those of memory that is shared', async () => {
  await own.page.evaluate(async (url) => {
    globalThis.socket = connect(url, { profile: 'generic' })
    const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
    const values = [new Uint8Array(4).subarray(1, 3), new Uint8Array(2).buffer, new Uint8Array(buffer, 0, 2)]
    const fates = values.map((value) => {
      const bytes = ArrayBuffer.isView(value) ? value : new Uint8Array(value)
      bytes.set([1, 2])
      const fate = socket.send(value)
      // As for a buffer that is used again, while the message waits for its connection.
      bytes.fill(9)
      return fate
    })
    const detached = new ArrayBuffer(2)
    structuredClone(detached, { transfer: [detached] })
    const { code } = await socket.send(detached).catch((error) => error)
    await Promise.all([...fates, socket.send({ action: 'NOTE', code })])
  }, own.backend.address)
  const [connection] = own.backend.connections
  await until(() => connection.received.length === 4, 'all came')
  assert.deepEqual(connection.received.slice(0, 3).map((bytes) => [...bytes]), Array(3).fill([1, 2]))
  assert.equal(connection.received[3].code, 'bad-options')
})

test('a WebSocket of a test’s own may answer before its send returns', async () => {
  await own.connected()
  const answer = await own.page.evaluate(async () => {
    const native = WebSocket.prototype.send
    WebSocket.prototype.send = function (text) {
      const { ref } = JSON.parse(text)
      this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ ref, at: 'once' }) }))
    }
    const fates = [socket.send({ action: 'NOTE' }), socket.request({ action: 'NOTE' })]
    WebSocket.prototype.send = native
    const answer = await fates[1]
    await fates[0]
    return answer.at
  })
  assert.equal(answer, 'once')
})

test('what can’t even be asked for its kind is no request', async () => {
  await own.connected()
  const codes = await own.page.evaluate(async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const code = (promise) => promise.then(() => 'sent', ({ code }) => code)
    return [await code(socket.request(proxy)), await code(socket.send(proxy))]
  })
  assert.deepEqual(codes, ['bad-options', 'not-serializable'])
})

test('rooms are joined again with the new connectionId, and those that were left are not', async () => {
  await own.connected()
  const joined = await own.page.evaluate(async () => {
    const [tea, coffee] = await Promise.all([socket.join('tea'), socket.join('coffee')])
    coffee.leave()
    return [tea.name, tea.answer.joined]
  })
  assert.deepEqual(joined, ['tea', 'tea'])
  await until(() => own.backend.received('LEAVE_ROOM').length === 1, 'coffee was left')
  own.backend.cut()
  await until(() => own.backend.connections[1]?.received.some(({ action }) => action === 'JOIN_ROOM'), 'a room was joined again')
  const joins = own.backend.received('JOIN_ROOM').map(({ room, connectionId }) => [room, connectionId])
  assert.deepEqual(joins, [['tea', 'id1='], ['coffee', 'id1='], ['tea', 'id2=']])
  assert.deepEqual((await own.seen()).message, [])
})

test('a room that nobody can join rejects, and an empty name does too', async () => {
  await own.connected({ requestTimeout: 100 })
  own.backend.connections[0].socket.pause()
  const codes = await own.page.evaluate(() =>
    Promise.all(['tea', '', 42].map((name) => socket.join(name).catch((error) => error.code))),
  )
  assert.deepEqual(codes, ['request-timeout', 'bad-options', 'bad-options'])
})

test('stats count what happened', async () => {
  await own.connected()
  await own.page.evaluate(async () => {
    await socket.send({ action: 'NOTE', text: 'ü' })
    await socket.request({ action: 'ADD', numbers: [1] })
  })
  own.backend.connections[0].socket.send('"grüße 😀"')
  await own.page.waitForFunction(() => seen.message.length === 1)
  own.backend.cut()
  await own.hasId('id2=')
  own.backend.connections[1].socket.close(1001)
  await own.hasId('id3=')
  const show = (type) => own.page.evaluate((type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type)
  await show('pagehide')
  await show('pageshow')
  await own.hasId('id4=')
  const stats = await own.page.evaluate(() => socket.stats())
  const { linksBegun, linksOpened, linksReady, messagesReceived, messagesSent, losses, outbox } = stats
  assert.deepEqual([linksBegun, linksOpened, linksReady], [4, 4, 4])
  const none = { connect: 0, identify: 0, silent: 0, outlived: 0, hidden: 0 }
  assert.deepEqual(losses, { ...none, broken: 1, closed: 1, stored: 1 })
  assert.deepEqual([messagesReceived, messagesSent], [2, 2])
  const { ref } = own.backend.received('ADD')[0]
  assert.equal(stats.charactersReceived, '"grüße 😀"'.length + JSON.stringify({ sum: 1, ref }).length)
  assert.deepEqual(outbox, { messages: 0, bytes: 0 })
  const sizes = own.backend.connections[0].received
    .filter(({ action }) => action !== 'GET_CONNECTION_ID')
    .map((message) => Buffer.byteLength(JSON.stringify(message)))
  assert.equal(stats.bytesSent, sizes[0] + sizes[1])
  assert.ok(stats.roundTrip.last >= 0 && stats.roundTrip.longest >= stats.roundTrip.shortest)
})

test('after a time in which nothing left, a send resolves as soon as before', async () => {
  await own.connected()
  const { socket } = own.backend.connections[0]
  socket.pause()
  await own.page.evaluate(() => {
    const text = 'x'.repeat(30_000)
    globalThis.many = Promise.all(Array.from({ length: 500 }, () => socket.send({ action: 'NOTE', text })))
  })
  await new Promise((resolve) => setTimeout(resolve, 1000))
  socket.resume()
  const fastest = await own.page.evaluate(async () => {
    await many
    const times = []
    for (let round = 0; round < 50; round++) {
      const start = performance.now()
      await socket.send({ action: 'NOTE' })
      times.push(performance.now() - start)
    }
    return Math.min(...times)
  })
  assert.ok(fastest < 40, `${fastest} ms`)
})
