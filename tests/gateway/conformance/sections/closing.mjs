import { once } from 'node:events'
import { websockets } from '../clients/python.mjs'
import { equal, NotApplicable, truth } from '../expect.mjs'

const quotas = 'Quotas for configuring and running a WebSocket API in API Gateway'
const routes = 'Create routes for WebSocket APIs in API Gateway'
const rfc = (section) => `RFC 6455, section ${section}`

export default {
  title: 'Closing and control frames',
  rows: [
    {
      id: 'close-1003',
      sentence: 'A binary message closes the connection with 1003',
      source: 'Binary media types for WebSocket APIs in API Gateway',
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('usual')
        const [, closed] = await websockets(ws, [['send_bytes', [1, 2, 3]], ['closed']])
        equal(closed?.[0] ?? 'stays open', 1003, 'the close code')
      },
    },
    {
      id: 'close-1011',
      sentence: 'An error inside the gateway closes with 1011',
      source: quotas,
      client: '–',
      check: notProvoked('an error inside the emulator itself cannot be provoked from outside'),
    },
    {
      id: 'close-1012',
      sentence: 'A restart of the service closes with 1012',
      source: quotas,
      client: '–',
      check: notProvoked('a laptop’s gateway is stopped, not replaced, and a stop is 1001'),
    },
    {
      id: 'close-client-code',
      sentence: 'A client’s close with code and reason is answered in kind and reported by `$disconnect`',
      source: rfc('5.5.1'),
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.socket.close(4321, 'enough')
        equal(await client.ended(), { code: 4321, reason: 'enough' }, 'the close that comes back')
        const { requestContext } = await api.disconnected(id)
        equal([requestContext.disconnectStatusCode, requestContext.disconnectReason], [4321, 'enough'], '$disconnect')
      },
    },
    {
      id: 'close-1005',
      sentence: 'A close without a status is reported as 1005 `Client-side close frame status not set`',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.socket.close()
        equal((await client.ended()).code, 1005, 'what the client sees')
        const { requestContext } = await api.disconnected(id)
        equal([requestContext.disconnectStatusCode, requestContext.disconnectReason], [1005, 'Client-side close frame status not set'], '$disconnect')
      },
    },
    {
      id: 'close-1006',
      sentence: 'A connection that is cut is reported as 1006',
      source: routes,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.socket.terminate()
        equal((await api.disconnected(id)).requestContext.disconnectStatusCode, 1006, 'disconnectStatusCode')
      },
    },
    {
      id: 'disconnect-after-close',
      sentence: '`$disconnect` fires once after the client closes with 1000',
      source: routes,
      client: 'websockets',
      async check(session) {
        const api = await session.api('usual')
        const mark = `python-${Math.random()}`
        const [closed] = await websockets(api.ws, [['close', 1000, '']], { headers: { 'X-Row': mark } })
        equal(closed[0], 1000, 'the close code')
        const { requestContext } = await api.event('CONNECT', ({ headers }) => Object.values(headers).includes(mark))
        equal((await api.disconnected(requestContext.connectionId)).requestContext.routeKey, '$disconnect', 'the route')
      },
    },
    {
      id: 'disconnect-after-delete',
      sentence: 'After a DELETE the client sees 1000 and `$disconnect` says 1000 `Connection Closed Normally`',
      source: 'recorded',
      client: 'ws, fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        equal((await api.call('DELETE', id)).status, 204, 'the status')
        const { requestContext } = await api.disconnected(id)
        equal((await client.ended()).code, 1000, 'what the client sees')
        equal([requestContext.disconnectStatusCode, requestContext.disconnectReason], [1000, 'Connection Closed Normally'], '$disconnect')
      },
    },
    {
      id: 'disconnect-after-idle',
      sentence: 'After the idle limit `$disconnect` says 1001 `Going away`',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('idle')
        const { client, id } = await api.connect()
        equal(await client.ended(), { code: 1001, reason: 'Going away' }, 'what the client sees')
        const { requestContext } = await api.disconnected(id)
        equal([requestContext.disconnectStatusCode, requestContext.disconnectReason], [1001, 'Going away'], '$disconnect')
      },
    },
    {
      id: 'disconnect-then-gone',
      sentence: 'When `$disconnect` runs the connection is gone already: a post is 410',
      source: routes,
      client: 'ws, fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.socket.close(1000)
        await api.disconnected(id)
        equal((await api.call('POST', id, 'late')).status, 410, 'the status')
      },
    },
    {
      id: 'ping-answered',
      sentence: 'A control ping is answered with its own payload',
      source: rfc('5.5.3'),
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('usual')
        const [pong] = await websockets(ws, [['ping', 'beat']])
        equal(pong, 'pong', 'the answer')
      },
    },
    {
      id: 'ping-not-to-backend',
      sentence: 'A control ping never reaches the backend',
      source: 'users’ reports',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.socket.ping('beat')
        await once(client.socket, 'pong')
        client.send('after')
        await api.message(id, ({ body }) => body === 'after')
        const messages = api.collector.reports('event').filter(({ requestContext: context }) => context.connectionId === id && context.eventType === 'MESSAGE')
        equal(messages.length, 1, 'events of messages')
        await client.close()
      },
    },
    {
      id: 'ping-and-idle',
      sentence: 'Control pings do not put the idle limit off (not known of the service; the safe side)',
      source: 'users’ reports',
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('idle')
        const [closed] = await websockets(ws, [['ping_until_closed']])
        equal(closed[0], 1001, 'the close code')
      },
    },
    {
      id: 'frames-unmasked',
      sentence: 'Frames to the client are not masked; one from the client that is not masked closes with 1002, and nobody else is disturbed',
      source: rfc('5.1'),
      client: 'ws and its raw socket',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const { client: witness } = await api.connect()
        const bytes = []
        client.socket._socket.on('data', (data) => bytes.push(data))
        await api.call('POST', id, 'plain')
        await client.next()
        equal(Buffer.concat(bytes).toString('hex'), `8105${Buffer.from('plain').toString('hex')}`, 'the bytes of the frame')
        client.socket._socket.write(Buffer.from([0x81, 0x01, 0x61]))
        equal((await client.ended()).code, 1002, 'the close code')
        await talks(witness)
      },
    },
    {
      id: 'text-not-utf8',
      sentence: 'Text that is no UTF-8 closes with 1007, and nobody else is disturbed',
      source: rfc('8.1'),
      client: 'ws and its raw socket',
      async check(session) {
        const api = await session.api('usual')
        const { client } = await api.connect()
        const { client: witness } = await api.connect()
        client.socket._socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]))
        equal((await client.ended()).code, 1007, 'the close code')
        await talks(witness)
      },
    },
    {
      id: 'control-between-fragments',
      sentence: 'A ping between the fragments of a message is answered at once and the message arrives whole',
      source: rfc('5.4'),
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.socket.send('one ', { fin: false })
        client.socket.ping('between')
        await once(client.socket, 'pong')
        client.socket.send('two', { fin: true })
        await api.message(id, ({ body }) => body === 'one two')
        truth(client.socket.readyState === 1, 'the connection closed')
        await client.close()
      },
    },
  ],
}

function notProvoked(reason) {
  return async () => {
    throw new NotApplicable(reason)
  }
}

/** A connection that another one's end must not have touched. */
async function talks(witness) {
  truth(witness.socket.readyState === 1, 'another client’s connection ends too')
  witness.send({ do: { post: 'undisturbed' } })
  const ended = witness.closed.then(() => 'its end')
  equal(await Promise.race([witness.next(), ended]), 'undisturbed', 'what another client gets')
  await witness.close()
}
