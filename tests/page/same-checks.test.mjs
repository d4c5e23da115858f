// The package checks in JavaScript what the bare module checks in wasm: both must say the same, word by word.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launch, openPage } from './chromium.mjs'
import { startOddServers } from './odd-servers.mjs'
import { bundled, serve } from './site.mjs'

let browser, page, site, odd

before(async () => {
  browser = await launch()
  const folder = process.env.GATESOCKET_WEB ?? fileURLToPath(new URL('../../target/web', import.meta.url))
  const own = `<!doctype html><meta charset="utf-8"><script type="module">
    import init, { GateSocket } from './gatesocket.js'
    await init()
    Object.assign(globalThis, { GateSocket, bare: true })
  </script><script type="module" src="api.js"></script>`
  site = await serve({ '/': own, '/api.js': await bundled('api.js') }, folder)
  odd = await startOddServers()
  page = (await openPage(browser)).page
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded && globalThis.bare)
})

after(async () => {
  await browser?.close()
  await site?.stop()
  odd?.stop()
})

/** What each says: a code and a sentence, or nothing where it connects. */
const both = (url, options) =>
  page.evaluate(
    ([url, source]) => {
      // Not as plain data, which has no Infinity and no functions.
      const options = new Function(`return ${source}`)()
      const said = (make) => {
        try {
          make().close()
          return null
        } catch ({ code, message, details }) {
          return { code, message, details }
        }
      }
      return { bare: said(() => new GateSocket(url, options)), own: said(() => connect(url, options)) }
    },
    [url, options],
  )

/** The bare module knows neither schemas, nor who wants its WebSockets, nor what is only said about rooms. */
const withoutOwn = (said) =>
  said && { ...said, message: said.message.replace(/ schema,| onLink,| onInvalid\b|, onInvalid|, send|, history|, members|, sequence/g, '') }

const TIMES = [
  ['connectTimeout', 1], ['identify.timeout', 1], ['reconnect.baseDelay', 1], ['reconnect.maxDelay', 1],
  ['reconnect.minUptime', 0], ['heartbeat', 1], ['probe.timeout', 1], ['probe.quiet', 0], ['rotation.age', 1],
  ['rotation.spread', 0], ['rotation.drain', 0], ['rotation.lifetime', 1], ['whenHidden.closeAfter', 1],
  ['outbox.timeToLive', 1], ['requestTimeout', 1], ['frameLimit', 1],
]
const NUMBERS = [
  ...TIMES.map(([name, least]) => [name, least, 2_147_483_647]),
  ['identify.attempts', 1, 100],
  ['reconnect.maxAttempts', 1, 1_000_000_000],
  ['outbox.messages', 1, 1_000_000],
  ['outbox.bytes', 1, 1_000_000_000],
  ['trace.entries', 1, 100_000],
]

/** The source of options with this value at this path. */
const at = (path, value) => path.split('.').reduceRight((inner, name) => `{ ${name}: ${inner} }`, value)

test('every number has the same limits', async () => {
  for (const [name, least, most] of NUMBERS) {
    for (const [value, fits] of [[least - 1, false], [least, true], [most, true], [most + 1, false], [least + 0.5, false]]) {
      const { bare, own } = await both(`${odd.address}/good`, at(name, value))
      assert.deepEqual(own, bare, `${name} ${value}`)
      assert.equal(own === null, fits, `${name} ${value}`)
    }
  }
})

const VALUES = ['null', 'false', 'true', '0', '-1', '1', 'NaN', 'Infinity', '10n', '""', '"x"', '[]', '["x"]', '{}', '() => {}', 'Symbol()', '{ nothing: 1 }', 'new Date()']
const NAMES = [
  ...NUMBERS.map(([name]) => name),
  'profile', 'identify', 'identify.action', 'reconnect', 'shouldReconnect', 'probe', 'rotation', 'whenHidden', 'outbox',
  'outbox.dropOldest', 'binary', 'ticket', 'ticket.endpoint', 'protocols', 'rooms', 'rooms.join', 'rooms.leave', 'rooms.field',
  'trace', 'trace.messages', 'userTiming', 'notThere', 'Heartbeat', 'proto',
]

test('every option takes and refuses the same values in the same words', async () => {
  let refused = 0
  for (const name of NAMES) {
    for (const value of VALUES) {
      // The package has always refused these two, which the bare module takes for all defaults.
      if (name === 'rooms' && value === 'null') continue
      const { bare, own } = await both(`${odd.address}/good`, at(name, value))
      assert.deepEqual(withoutOwn(own), withoutOwn(bare), `${name}: ${value}`)
      refused += own === null ? 0 : 1
    }
  }
  assert.ok(refused > 400, String(refused))
})

test('the fields of a ticket are refused in the same words', async () => {
  for (const [name, ...values] of [
    ['method', '"PUT"', '1'],
    ['headers', '"x"', '{ "a b": "x" }', '[["a"]]'],
    ['credentials', 'true', '"all"'],
    ['parameter', '""', '5'],
    ['field', '""', '{}'],
    ['fields', '1'],
  ]) {
    for (const value of values) {
      const { bare, own } = await both(`${odd.address}/good`, `{ ticket: { endpoint: "/t", ${name}: ${value} } }`)
      assert.equal(own.code, 'bad-options')
      assert.deepEqual(own, bare, `${name}: ${value}`)
    }
  }
})

test('URLs are refused in the same words', async () => {
  for (const url of ['x', '', 'localhost:1/x', 'http://a.b/c?d', 'https://a.b:1/c', 'ws://a/#b', 'ftp://a/', 5, null, undefined, {}, []]) {
    const { bare, own } = await both(url, '{}')
    assert.equal(own.code, 'url-rejected', String(url))
    assert.deepEqual(own, bare, String(url))
  }
})

test('close refuses the same in the same words', async () => {
  const pairs = await page.evaluate((url) => {
    const [bare, own] = [new GateSocket(url), connect(url)]
    const said = (socket, given) => {
      try {
        socket.close(...given)
        return 'closed'
      } catch ({ code, message }) {
        return `${code} ${message}`
      }
    }
    const wrong = [[1001], [2999], [5000], [1000.5], [NaN], ['1000'], [10n], [null], [{}], [1000, 'ü'.repeat(62)], [1000, 4], [1000, null], [1, 2], [3000, 'x'.repeat(123)]]
    return wrong.map((given) => [said(bare, given), said(own, given)])
  }, `${odd.address}/good`)
  for (const [bare, own] of pairs) assert.equal(own, bare)
  assert.equal(pairs.at(-1)[0], 'closed')
})

test('errors of a connection have the same code, facts and sentence', async () => {
  const alike = async ([path, options]) => {
    const [bare, own] = await page.evaluate(
      ([url, source]) => {
        const options = new Function(`return ${source}`)()
        const failed = (socket) => socket.ready().then((id) => ({ id }), ({ code, message, details }) => ({ code, message, details }))
        return Promise.all([failed(new GateSocket(url, options)), failed(connect(url, { ...options, onError: () => {} }))])
      },
      [`${odd.address}${path}`, options],
    )
    assert.deepEqual(own, bare, path)
  }
  // They wait for most of their time: together. What answers has time to.
  const all = [
    ['/not-there', '{ reconnect: false }'],
    ['/hang', '{ reconnect: false, connectTimeout: 100 }'],
    ...['silent', 'garbage', 'null', 'array', 'binary', 'numeric', 'forbidden', 'internal', 'hangup'].map((name) => [
      `/${name}`,
      '{ reconnect: false, identify: { timeout: 1000, attempts: 2, action: "WHO {last}" } }',
    ]),
    ['/good', '{ reconnect: false, protocols: ["none"] }'],
  ]
  await Promise.all(all.map(alike))
})

test('trace, counters and the failures of messages have the same form', async () => {
  const [bare, own] = await page.evaluate(async (url) => {
    const seen = async (socket) => {
      const failed = (promise) => promise.then((value) => ['no error', value], ({ code, message, details }) => [code, message, details])
      await socket.ready()
      const work = (given) => (Array.isArray(given) ? given[0] : given)
      const messages = [
        await failed(socket.send({ text: 'x'.repeat(40_000) })),
        await failed(socket.send(undefined)),
        await failed(socket.send({ toJSON: () => { throw new Error('no') } })),
        await failed(socket.send(new Uint8Array(3))),
        await failed(socket.send(1, { retry: 1 })),
        await failed(socket.send(1, { raw: true })),
        await failed(socket.send('{"as" :  "it is"}', { raw: true })),
        await failed(socket.send(1, { retyr: true })),
        await failed(work(socket.request('x'))),
        await failed(work(socket.request({ a: 1 }, { timeout: 5 }))),
        await failed(work(socket.request({ a: 1 }, { timeout: 0 }))),
      ]
      socket.close()
      messages.push(await failed(socket.send(1)))
      const names = (value) => (typeof value === 'object' && value ? Object.entries(value).map(([name, inner]) => [name, names(inner)]).sort() : typeof value)
      const events = socket.trace().map(({ time, connectionId, ...entry }) => entry)
      return { messages, stats: names(socket.stats()), events }
    }
    return [await seen(new GateSocket(url)), await seen(connect(url, { onError: () => {} }))]
  }, `${odd.address}/good`)
  assert.deepEqual(own.messages, bare.messages)
  assert.deepEqual(own.stats, bare.stats)
  assert.deepEqual(own.events.map(({ roundTrip, ...entry }) => entry), bare.events.map(({ roundTrip, ...entry }) => entry))
})
