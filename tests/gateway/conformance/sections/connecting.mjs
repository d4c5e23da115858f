import { browserSocket } from '../clients/chromium.mjs'
import { websockets } from '../clients/python.mjs'
import { equal, matches, truth } from '../expect.mjs'

const connect = 'Manage connected users and client apps: $connect and $disconnect routes'
const subprotocol = '$connect routes that require a WebSocket subprotocol'

const asks = (order) => ({ do: JSON.stringify(order) })

/** What a browser makes of a refusal. */
const REFUSED = { opened: false, closed: { code: 1006, reason: '', wasClean: false } }

export default {
  title: 'Connecting',
  rows: [
    {
      id: 'connect-without-route',
      sentence: 'Without a `$connect` route every client connects',
      source: connect,
      client: 'ws',
      async check(session) {
        const api = await session.api('bare')
        const client = await api.open()
        await client.close()
      },
    },
    {
      id: 'connect-2xx',
      sentence: 'Any 2xx of `$connect` opens the connection',
      source: connect,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        for (const statusCode of [200, 204, 299]) {
          const { client } = await api.connect(asks({ answer: { statusCode } }))
          await client.close()
        }
      },
    },
    {
      id: 'connect-status',
      sentence: 'Any other status of `$connect` is the status of the refused upgrade',
      source: connect,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        for (const statusCode of [302, 400, 401, 403, 404, 429, 500, 503]) {
          equal((await api.refusal(asks({ answer: { statusCode } }))).status, statusCode, 'the status')
        }
      },
    },
    {
      id: 'connect-status-python',
      sentence: 'A client library reports that status',
      source: connect,
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('usual')
        const seen = await websockets(ws, [], { headers: { 'X-Do': '{"answer":{"statusCode":403}}' } })
        equal(seen.refused, 403, 'the status')
      },
    },
    {
      id: 'connect-status-browser',
      sentence: 'A browser shows every refusal as 1006 without a status',
      source: 'users’ reports',
      client: 'Chromium',
      async check(session) {
        const { ws } = await session.api('usual')
        for (const order of [{ answer: { statusCode: 401 } }, { throws: 'on purpose' }]) {
          const { opened, closed } = await browserSocket(`${ws}?do=${encodeURIComponent(JSON.stringify(order))}`)
          equal({ opened, closed }, REFUSED, 'what the page sees')
        }
      },
    },
    {
      id: 'connect-throws',
      sentence: 'A `$connect` that throws is answered 502',
      source: connect,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        equal((await api.refusal(asks({ throws: 'on purpose' }))).status, 502, 'the status')
      },
    },
    {
      id: 'connect-waits',
      sentence: 'The upgrade waits until the `$connect` integration has answered',
      source: connect,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const started = Date.now()
        const { client } = await api.connect(asks({ sleep: 700 }))
        truth(Date.now() - started >= 690, 'the client connects before the answer')
        await client.close()
      },
    },
    {
      id: 'connect-refused-no-disconnect',
      sentence: 'A refused connection has no `$disconnect`',
      source: connect,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const mark = `refused-${Math.random()}`
        await api.refusal({ mark, ...asks({ answer: { statusCode: 403 } }) })
        const { requestContext } = await api.event('CONNECT', ({ queryStringParameters }) => queryStringParameters?.mark === mark)
        // Another connection's whole life comes after it.
        const { client, id } = await api.connect()
        await client.close()
        await api.disconnected(id)
        const ended = api.collector.reports('event').filter((event) => event.requestContext.eventType === 'DISCONNECT' && event.requestContext.connectionId === requestContext.connectionId)
        equal(ended.length, 0, 'events of $disconnect')
      },
    },
    {
      id: 'subprotocol-echoed',
      sentence: 'The subprotocol that the Lambda returns in `Sec-WebSocket-Protocol` is chosen',
      source: subprotocol,
      client: 'Chromium',
      async check(session) {
        const { ws } = await session.api('usual')
        const order = { answer: { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'chat.v2' } } }
        const seen = await browserSocket(`${ws}?do=${encodeURIComponent(JSON.stringify(order))}`, { protocols: ['chat.v1', 'chat.v2'], messages: 0 })
        equal([seen.opened, seen.protocol], [true, 'chat.v2'], 'opened with')
      },
    },
    {
      id: 'subprotocol-missing',
      sentence: 'When the Lambda returns none, a browser that asked for one fails the upgrade',
      source: subprotocol,
      client: 'Chromium',
      async check(session) {
        const { ws } = await session.api('usual')
        const { opened, closed } = await browserSocket(ws, { protocols: ['chat.v1'], messages: 0 })
        equal({ opened, closed }, REFUSED, 'what the page sees')
      },
    },
    {
      id: 'subprotocol-python',
      sentence: 'Any client library sees the chosen subprotocol',
      source: subprotocol,
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('usual')
        const order = { answer: { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'b' } } }
        const [chosen] = await websockets(ws, [['subprotocol']], { subprotocols: ['a', 'b'], headers: { 'X-Do': JSON.stringify(order) } })
        equal(chosen, 'b', 'the subprotocol')
      },
    },
    {
      id: 'stage-in-path',
      sentence: 'The stage is the path: another one is refused with 403',
      source: 'Overview of WebSocket APIs in API Gateway',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const url = new URL(api.ws)
        url.pathname = '/elsewhere/'
        const error = await api.refusal({}, {}, url.href)
        equal(error.status, 403, 'the status')
        matches(error.body, /Forbidden/, 'the body')
      },
    },
    {
      id: 'tls-and-plain',
      sentence: 'Clients connect by wss, as to the service (plain ws on the same port is for a laptop’s convenience)',
      source: 'Overview of WebSocket APIs in API Gateway',
      client: 'websockets',
      async check(session) {
        const api = await session.api('usual')
        truth(api.wss, 'answers either ws or wss, and wss only with a certificate of one’s own')
        equal(new URL(api.wss).port, new URL(api.ws).port, 'the port')
        const [pong] = await websockets(api.wss, [['ping', 'x']], { ca: api.caFile })
        equal(pong, 'pong', 'over wss')
      },
    },
  ],
}
