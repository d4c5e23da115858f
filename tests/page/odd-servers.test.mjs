// Servers that refuse, are silent, talk nonsense or hang up: an error with a code and a sentence, none
// uncaught, and no message lost for looking like a report of the gateway.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apiPage } from './api-page.mjs'
import { closedPort } from './closed-port.mjs'

/** Waits that are short, so that nobody waits long for a server that says nothing, and long enough for one that answers. */
const QUICK = { connectTimeout: 20_000, identify: { timeout: 1000, attempts: 2 } }
const api = apiPage()

// They wait for most of their time: together.
describe('servers', { concurrency: true }, () => {
  for (const [path, code, part, options = QUICK] of [
    ['/refused', 'connect-failed', /refused\s+the upgrade.*authorizer/],
    ['/hang', 'connect-timeout', /within 300 ms/, { connectTimeout: 300 }],
    ['/silent', 'identify-failed', /nothing came back.*execute-api:ManageConnections/],
    ['/garbage', 'identify-failed', /the last message was text that is not JSON/],
    ['/null', 'identify-failed', /JSON, but not an object/],
    ['/array', 'identify-failed', /JSON, but not an object/],
    ['/binary', 'identify-failed', /a binary frame/],
    ['/numeric', 'identify-failed', /connectionId is not a string/],
    ['/forbidden', 'identify-failed', /neither a route "GET_CONNECTION_ID" nor \$default/],
    ['/internal', 'identify-failed', /answered "Internal server error"/],
    ['/hangup', 'connection-lost', /close code 1011, reason "went wrong"/],
  ]) {
    test(`a server that does ${path} is an error ${code}`, async () => {
      const result = await api.ask(`${api.servers}${path}`, options)
      assert.equal(result.code, code, result.message)
      assert.match(result.message, part)
      assert.ok(result.own)
    })
  }
})

test('a server that is not there is an error connect-failed', async () => {
  const { code, details } = await api.ask(`ws://localhost:${await closedPort()}/`)
  assert.equal(code, 'connect-failed')
  assert.equal(details.close.code, 1006)
})

test('a gateway frame is an event of its own and not a message', async () => {
  const seen = await api.page.evaluate(async (url) => {
    const seen = { frames: [], messages: [] }
    const socket = connect(url, {
      onGatewayFrame: (frame) => seen.frames.push(frame),
      onMessage: (message) => seen.messages.push(message),
    })
    await socket.ready().catch(() => {})
    return seen
  }, `${api.servers}/forbidden`)
  assert.deepEqual(seen.messages, [])
  assert.equal(seen.frames[0].message, 'Forbidden')
})

test('a line of chat in the form of a gateway frame is a message', async () => {
  const seen = await api.page.evaluate(async (url) => {
    const seen = []
    const socket = connect(url, {
      onMessage: (message) => seen.push(['message', message.message]),
      onGatewayFrame: (frame) => seen.push(['frame', frame.message]),
    })
    await socket.ready()
    const texts = [
      { connectionId: 'peer=', message: 'hello', messageId: 'm-17' },
      { connectionId: 'good=', message: 'hello', messageId: 'm-18' },
      { connectionId: 'peer=', message: 'Forbidden', requestId: 'r' },
      { connectionId: 'good=', message: 'Forbidden', requestId: 'r' },
    ]
    for (const text of texts) await socket.send({ echo: JSON.stringify(text) })
    while (seen.length < texts.length) await new Promise((resolve) => setTimeout(resolve, 5))
    socket.close()
    return seen
  }, `${api.servers}/good`)
  assert.deepEqual(seen, [
    ['message', 'hello'],
    ['message', 'hello'],
    ['message', 'Forbidden'],
    ['frame', 'Forbidden'],
  ])
})

test('what comes after a lost connection is told of the loss, not of a close()', async () => {
  const seen = await api.page.evaluate(async (url) => {
    const seen = {}
    const socket = connect(url, { onError: () => {}, reconnect: false })
    await socket.ready()
    const told = new Promise((resolve) =>
      socket.on('status', async () => {
        seen.snapshot = socket.snapshot().error.code
        seen.ready = await socket.ready().catch((error) => error.code)
        seen.send = await socket.send({}).catch((error) => error.code)
        resolve()
      }),
    )
    await socket.send({ hangup: true })
    await told
    return seen
  }, `${api.servers}/hangup-later`)
  const lost = 'connection-lost'
  assert.deepEqual(seen, { snapshot: lost, ready: lost, send: lost })
})

test('the end of a session after ready() was awaited is written to the console', async () => {
  const { page, close } = await api.openAnother()
  const logged = page.waitForEvent('console', (message) => message.text().includes('GateSocketError'))
  await page.evaluate(async (url) => {
    const socket = connect(url, { reconnect: false })
    await socket.ready()
    await socket.send({ hangup: true })
  }, `${api.servers}/hangup-later`)
  assert.match((await logged).text(), /connection was lost/)
  await close()
})

test('an error that nobody listens to is written to the console, once until it is mended', async () => {
  const { page, close } = await api.openAnother()
  const logged = page.waitForEvent('console', (message) => message.text().includes('GateSocketError'))
  let count = 0
  page.on('console', (message) => (count += message.text().includes('GateSocketError') ? 1 : 0))
  await page.evaluate(async (url) => {
    const socket = connect(url, { reconnect: { baseDelay: 10 } })
    await new Promise((resolve) => socket.on('status', () => socket.stats().linksBegun >= 5 && resolve()))
    socket.close()
  }, `${api.servers}/refused`)
  assert.match((await logged).text(), /did not open/)
  assert.equal(count, 1)
  await close()
})
