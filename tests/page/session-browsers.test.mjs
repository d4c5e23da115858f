// A session in each browser: with the real gateway and handler, across a loss, and with tickets.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { inEachBrowser } from './each-browser.mjs'
import { installLedger } from './ledger.mjs'
import { fixturePage, serve } from './site.mjs'
import { ticketEndpoint } from './ticket-endpoint.mjs'

const QUICK = { reconnect: { baseDelay: 50, maxDelay: 100 } }
let gateway

before(async () => (gateway = await startGateway(null, ['--handler', connectionIdHandler])))
after(() => gateway?.stop())

/** Runs in the page: what the tests end with. */
function installEnd() {
  globalThis.unmount = () => globalThis.socket?.close()
}
const pages = async () => ({ pages: { '/': await fixturePage('api.js', { first: [installLedger, installEnd] }) } })

inEachBrowser(pages, (own) => {
  let tickets, other
  const { evaluate, waitFor } = own
  const connected = (url, options = QUICK) =>
    evaluate((url, options) => {
      globalThis.seen = { status: [], message: [], close: [] }
      globalThis.socket = connect(url, options)
      for (const name of Object.keys(seen)) socket.on(name, (event) => seen[name].push(event))
      return socket.ready()
    }, url, options)

  before(async () => (other = await serve({ '/ticket': (...exchange) => tickets.handle(...exchange) })))
  after(() => other?.stop())
  beforeEach(() => (tickets = ticketEndpoint()))

  test('with the real gateway it gets a connectionId, talks, knows the limits, and ends cleanly', async () => {
    assert.match(await connected(gateway.ws), /^[\w-]{15}=$/)
    const echo = { action: 'ECHO', data: ['ü', 1] }
    await evaluate((echo) => socket.send(echo), echo)
    await waitFor(() => seen.message.some((message) => message.echo))
    assert.deepEqual(await evaluate(() => seen.message.at(-1)), { echo: echo.data })
    const refused = await evaluate(() => socket.send('ü'.repeat(20_000)).catch(({ code, details }) => [code, details.bytes]))
    assert.deepEqual(refused, ['frame-too-large', 40_002])
    await evaluate(() => socket.close(4000, 'enough'))
    await waitFor(() => seen.close.length === 1)
    const { code, wasClean } = await evaluate(() => seen.close[0])
    assert.deepEqual([code, wasClean], [4000, true])
    assert.deepEqual(await evaluate(() => seen.status), ['identifying', 'ready', 'closed'])
  })

  test('a lost connection comes back, with what was sent meanwhile in its order', async () => {
    assert.equal(await connected(own.backend.address), 'id1=')
    // Sent by the page itself the moment that it waits: it may be connected again before anybody has looked.
    await evaluate(() => {
      const send = () => Promise.all([1, 2, 3].map((number) => socket.send({ action: 'NUMBER', number })))
      globalThis.sent = new Promise((resolve, reject) =>
        socket.on('status', (status) => status === 'waiting' && send().then(resolve, reject)),
      )
    })
    own.backend.cut()
    await evaluate(() => sent)
    assert.equal(await evaluate(() => socket.connectionId), 'id2=')
    assert.deepEqual(own.backend.received('NUMBER').map(({ number }) => number), [1, 2, 3])
    assert.equal((await evaluate(() => socket.request({ action: 'ADD', numbers: [1, 2] }))).sum, 3)
  })

  test('a ticket is fetched for every connection', async () => {
    await connected(own.backend.address, { ...QUICK, ticket: { endpoint: `${other.address}/ticket` } })
    own.backend.cut()
    await waitFor(() => socket.connectionId === 'id2=')
    assert.deepEqual(own.backend.connections.map(({ url }) => url), ['/?ticket=t1', '/?ticket=t2'])
  })
})
