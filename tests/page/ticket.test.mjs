// Connection tickets: fetched for every connection, put into its query, and what happens when there is none.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { issue } from './fixtures/ticket-authorizer.mjs'
import { sessionPage, until } from './session-page.mjs'
import { bundled, serve } from './site.mjs'
import { ticketEndpoint } from './ticket-endpoint.mjs'

let tickets, other
const own = sessionPage(async () => ({
  '/ticket': (...exchange) => tickets.handle(...exchange),
  '/worker.js': await bundled('ticket-worker.js'),
}))

before(async () => {
  other = await serve({ '/ticket': (...exchange) => tickets.handle(...exchange) })
})
after(() => other.stop())
beforeEach(() => (tickets = ticketEndpoint()))

/** The endpoint on a server of another origin. */
const endpoint = () => `${other.address}/ticket`
const urls = () => own.backend.connections.map(({ url }) => url)
const QUICKLY = { reconnect: { baseDelay: 50, maxDelay: 100 } }

/** Connects once; returns the error's code, status, and whether its session has ended. */
const attempt = (ticket, url = own.backend.address) =>
  own.page.evaluate(
    async ([url, ticket]) => {
      const socket = connect(url, { ticket, reconnect: { baseDelay: 60_000, maxDelay: 60_000 } })
      const error = await new Promise((resolve) => socket.on('error', resolve))
      const { code, message, details } = error
      const ended = socket.status === 'closed'
      socket.close()
      return { code, message, details, ended, text: JSON.stringify([error.stack, error, socket.trace()]) }
    },
    [url, ticket],
  )

test('a ticket is fetched for every connection, also for a replacement, and the query that was there is kept', async () => {
  const options = { ...QUICKLY, ticket: { endpoint: endpoint() }, rotation: { age: 400, spread: 1 } }
  await own.page.evaluate(
    async ([url, options]) => {
      globalThis.socket = connect(`${url}?a=b%20c&d=+`, options)
      await socket.ready()
    },
    [own.backend.address, options],
  )
  await own.hasId('id2=')
  own.backend.cut()
  await own.hasId('id3=')
  assert.deepEqual(urls().slice(0, 3), [1, 2, 3].map((number) => `/?a=b%20c&d=+&ticket=t${number}`))
  assert.doesNotMatch(await own.page.evaluate(() => JSON.stringify([socket.trace(), socket.stats(), performance.getEntriesByType('measure')])), /ticket/)
  const [{ method, headers }] = tickets.requests
  assert.equal(method, 'POST')
  assert.equal(headers.cookie, undefined)
})

test('what the endpoint is asked can be chosen, with a fresh bearer token each time, and so can the names', async () => {
  tickets.answer = (number) => ({ body: { data: 1, token: `a+b/ü=&${number}` } })
  await own.page.context().addCookies([{ name: 'session', value: '7', url: other.address }])
  await own.page.evaluate(
    async ([url, endpoint]) => {
      let fresh = 0
      const ticket = {
        endpoint: new URL(endpoint),
        method: 'GET',
        credentials: 'include',
        parameter: 'to ken',
        field: 'token',
        headers: async () => ({ authorization: `Bearer ${++fresh}`, 'x-other': 'x' }),
      }
      globalThis.socket = connect(async () => url, { ticket, reconnect: { baseDelay: 50 } })
      await socket.ready()
    },
    [own.backend.address, endpoint()],
  )
  own.backend.cut()
  await own.hasId('id2=')
  const asked = tickets.requests.map(({ method, headers }) => [method, headers.authorization, headers['x-other'], headers.cookie])
  assert.deepEqual(asked, [
    ['GET', 'Bearer 1', 'x', 'session=7'],
    ['GET', 'Bearer 2', 'x', 'session=7'],
  ])
  const parameters = urls().map((url) => new URL(url, 'http://x').searchParams.get('to ken'))
  assert.deepEqual(parameters, ['a+b/ü=&1', 'a+b/ü=&2'])
})

test('a text answer is the ticket, as JSON text or as it is', async () => {
  for (const [type, body] of [['text/plain', ' ey.J0.x\n'], ['application/json', '"ey.J0.x"'], ['text/plain', '12345']]) {
    tickets.answer = () => ({ type, body })
    await own.connected({ ticket: { endpoint: endpoint(), headers: { authorization: 'Bearer x' } } })
    await own.page.evaluate(() => socket.close())
  }
  assert.deepEqual(urls(), ['/?ticket=ey.J0.x', '/?ticket=ey.J0.x', '/?ticket=12345'])
})

test('an endpoint that refuses is told with its status: what may pass is tried again, what will not ends the session', async () => {
  for (const [status, ends] of [[408, false], [425, false], [429, false], [500, false], [503, false], [400, true], [401, true], [403, true], [404, true]]) {
    tickets.answer = () => ({ status, body: { ticket: 'geheim', message: 'geheim' } })
    const told = await attempt({ endpoint: `${endpoint()}?key=geheim`, headers: { authorization: 'Bearer geheim' } }, `${own.backend.address}?x=geheim`)
    assert.equal(told.code, 'url-rejected')
    assert.deepEqual(told.details, { status })
    assert.equal(told.ended, ends, String(status))
    assert.match(told.message, new RegExp(`HTTP ${status}`))
    assert.doesNotMatch(told.text, /geheim/)
  }
  assert.deepEqual(own.backend.connections, [])
})

test('an endpoint that cannot be reached, or does not allow the page, is told without a status and tried again', async () => {
  tickets.cors = false
  for (const where of [endpoint(), 'http://127.0.0.1:1/', 'http://me:geheim@localhost/']) {
    const told = await attempt({ endpoint: where })
    assert.deepEqual([told.code, told.details, told.ended], ['url-rejected', {}, false], where)
    assert.match(told.message, /can't be reached, or its CORS/)
    assert.doesNotMatch(told.text, /geheim/)
  }
  tickets.cors = true
  let number = 0
  tickets.answer = () => (++number < 3 ? { status: 503, body: {} } : { body: { ticket: 'late' } })
  assert.equal(await own.connected({ ...QUICKLY, ticket: { endpoint: endpoint() } }), 'id1=')
  assert.deepEqual((await own.seen()).error, ['url-rejected', 'url-rejected'])
  assert.deepEqual(urls(), ['/?ticket=late'])
})

test('an answer without a ticket is named, and only a text may have been a passing one', async () => {
  for (const [body, ends, said] of [
    [{ token: 'geheim' }, true, /without a ticket in the field "ticket"/],
    [{ ticket: 7 }, true, /without a ticket in the field "ticket"/],
    [{ ticket: '' }, true, /without a ticket/],
    [['geheim'], true, /without a ticket/],
    [null, true, /without a ticket in the field "ticket"/],
    ['<!doctype html><p>geheim, come back later', false, /a text that is no ticket/],
    ['', false, /a text that is no ticket/],
    ['x'.repeat(5000), false, /a text that is no ticket/],
  ]) {
    tickets.answer = () => ({ body })
    const told = await attempt({ endpoint: endpoint() })
    assert.deepEqual([told.code, told.details, told.ended], ['url-rejected', { status: 200 }, ends], JSON.stringify(body))
    assert.match(told.message, said)
    assert.doesNotMatch(told.text, /geheim/)
  }
})

test('a function of the headers that throws, rejects or gives nonsense is an error of the attempt', async () => {
  const told = await own.page.evaluate(
    async ([url, endpoint]) => {
      const throws = () => {
        throw new Error('geheim')
      }
      const told = []
      for (const headers of [throws, () => Promise.reject(new Error('geheim')), () => 'geheim', () => [['a']]]) {
        const { code, message } = await getConnectionId(url, { ticket: { endpoint, headers } }).catch((error) => error)
        told.push([code, /ticket\.headers/.test(message), /geheim/.test(message)])
      }
      told.push(await getConnectionId(url, { ticket: { endpoint, headers: () => undefined } }))
      return told
    },
    [own.backend.address, endpoint()],
  )
  assert.deepEqual(told, [...Array(4).fill(['url-rejected', true, false]), 'id1='])
})

test('a request for a ticket is aborted when nobody waits for it any more', async () => {
  tickets.answer = () => null
  const begin = async (options) => {
    await own.page.evaluate(
      ([url, options]) => {
        globalThis.socket = connect(url, { onError: () => {}, reconnect: { baseDelay: 60_000, maxDelay: 60_000 }, ...options })
      },
      [own.backend.address, { ticket: { endpoint: endpoint() }, ...options }],
    )
    const count = tickets.requests.length + (tickets.requests.at(-1)?.aborted === false ? 0 : 1)
    await until(() => tickets.requests.length === count, 'the endpoint is asked')
    return tickets.requests.at(-1)
  }
  const show = (type) => own.page.evaluate((type) => dispatchEvent(new PageTransitionEvent(type, { persisted: true })), type)

  const closed = await begin()
  await own.page.evaluate(() => socket.close())
  await until(() => closed.aborted, 'close aborts it')

  const slow = await begin({ connectTimeout: 2000 })
  await until(() => slow.aborted, 'the connect timeout aborts it')
  assert.equal(await own.page.evaluate(() => socket.snapshot().error.code), 'connect-timeout')
  await own.page.evaluate(() => socket.close())

  const stored = await begin()
  await show('pagehide')
  await until(() => stored.aborted, 'the back/forward cache aborts it')
  await show('pageshow')
  await until(() => tickets.requests.at(-1) !== stored, 'another is asked for when the page is back')

  const offline = tickets.requests.at(-1)
  await own.page.evaluate(() => dispatchEvent(new Event('offline')))
  await until(() => offline.aborted, 'the loss of the network aborts it')
  assert.equal(await own.page.evaluate(() => socket.status), 'offline')
  tickets.answer = () => ({ body: 'here' })
  await own.page.evaluate(() => dispatchEvent(new Event('online')))
  await own.hasId('id1=')
})

test('headers and a URL that come too late, or never, open nothing and disturb nobody', async () => {
  const codes = await own.page.evaluate(
    async ([url, endpoint]) => {
      const late = []
      const waits = () => new Promise((resolve, reject) => late.push(resolve, reject))
      const codes = []
      for (const [address, headers] of [[waits, undefined], [url, waits]]) {
        const ticket = { endpoint, headers }
        codes.push(await getConnectionId(address, { connectTimeout: 50, ticket }).catch(({ code }) => code))
        const socket = connect(address, { ticket })
        const ready = socket.ready().catch(({ code }) => code)
        socket.close()
        codes.push(await ready)
      }
      late.forEach((settle, index) => settle(index % 4 === 1 ? new Error('late') : url))
      await new Promise((resolve) => setTimeout(resolve, 100))
      return codes
    },
    [own.backend.address, endpoint()],
  )
  assert.deepEqual(codes, ['connect-timeout', 'closed', 'connect-timeout', 'closed'])
  assert.deepEqual([tickets.requests, own.backend.connections], [[], []])
})

test('a fetch of the page’s own may fail in any way', async () => {
  const codes = await own.page.evaluate(async (url) => {
    const native = globalThis.fetch
    const codes = []
    for (const own of [
      () => Promise.reject('no error'),
      () => {
        throw 'no error'
      },
      () => undefined,
      async () => ({ ok: true, status: 200, text: async () => 'x' }),
    ]) {
      globalThis.fetch = own
      codes.push(await getConnectionId(url, { ticket: { endpoint: '/ticket' } }).catch(({ code }) => code))
    }
    globalThis.fetch = native
    codes.push(await getConnectionId(url, { ticket: { endpoint: '/ticket' } }))
    return codes
  }, own.backend.address)
  assert.deepEqual(codes, [...Array(4).fill('url-rejected'), 'id1='])
})

test('a fetch of the page’s own may close the session, and nothing is opened after that', async () => {
  await own.page.evaluate(async (url) => {
    const native = globalThis.fetch
    const asked = new Promise((resolve) => {
      globalThis.fetch = (...args) => {
        socket.close()
        resolve()
        return native(...args)
      }
    })
    globalThis.socket = connect(() => url, { ticket: { endpoint: '/ticket' } })
    await asked
    globalThis.fetch = native
    await new Promise((resolve) => setTimeout(resolve, 200))
  }, own.backend.address)
  assert.equal(await own.page.evaluate(() => ledger.opened), 0)
})

test('an endpoint may be a path, of the page and of a worker’s script', async () => {
  assert.equal(await own.connected({ ticket: { endpoint: './ticket' } }), 'id1=')
  const told = await own.page.evaluate(
    ([url, ticket]) =>
      new Promise((resolve) => {
        const worker = new Worker('/worker.js', { type: 'module' })
        worker.onmessage = ({ data }) => {
          worker.terminate()
          resolve(data)
        }
        worker.postMessage({ url, ticket })
      }),
    [own.backend.address, { endpoint: 'ticket' }],
  )
  assert.deepEqual(told, { id: 'id2=' })
  assert.deepEqual(urls(), ['/?ticket=t1', '/?ticket=t2'])
})

test('with the local gateway, an authorizer lets in who brings a ticket, and no ticket twice', async (t) => {
  const authorizer = new URL('fixtures/ticket-authorizer.mjs', import.meta.url).pathname
  const gateway = await startGateway(t, [
    '--handler', connectionIdHandler, '--authorizer', authorizer, '--identity-source', 'route.request.querystring.ticket',
  ])
  tickets.answer = (_, { headers }) =>
    headers.authorization === 'Bearer anna' ? { body: { ticket: issue('Anna Ü') } } : { status: 401, body: {} }
  const ids = await own.page.evaluate(
    async ([url, endpoint]) => {
      const ticket = { endpoint, headers: () => ({ authorization: 'Bearer anna' }) }
      globalThis.socket = connect(url, { ticket, rotation: { age: 300, spread: 1 } })
      const ids = [await socket.ready()]
      ids.push((await new Promise((resolve) => socket.on('connectionid', resolve))).connectionId)
      return ids
    },
    [gateway.ws, endpoint()],
  )
  assert.notEqual(ids[0], ids[1])
  assert.ok(tickets.requests.length >= 2)
  await own.page.evaluate(() => socket.close())

  const said = await attempt({ endpoint: endpoint(), headers: { authorization: 'Bearer otto' } }, gateway.ws)
  assert.deepEqual([said.code, said.details, said.ended], ['url-rejected', { status: 401 }, true])
  const old = issue('Anna Ü')
  tickets.answer = () => ({ body: old })
  const twice = await own.page.evaluate(
    ([url, endpoint]) => {
      const once = () => getConnectionId(url, { ticket: { endpoint } }).then(() => 'in', ({ code }) => code)
      return once().then(async (first) => [first, await once()])
    },
    [gateway.ws, endpoint()],
  )
  assert.deepEqual(twice, ['in', 'connect-failed'])
  assert.doesNotMatch(gateway.log.text(), new RegExp(old.slice(-12)), 'the gateway keeps it out of its log')
})
