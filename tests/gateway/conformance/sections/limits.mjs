import { boto3, websockets } from '../clients/python.mjs'
import { browserSocket } from '../clients/chromium.mjs'
import { equal, truth } from '../expect.mjs'

const quotas = 'Quotas for configuring and running a WebSocket API in API Gateway'
const REASON = 'Max frame length of 32768 has been exceeded'

export default {
  title: 'Limits',
  rows: [
    {
      id: 'frame-32768',
      sentence: 'A frame of 32,768 bytes arrives whole',
      source: quotas,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.send('x'.repeat(32_768))
        await api.message(id, ({ body }) => body === 'x'.repeat(32_768))
        await client.close()
      },
    },
    {
      id: 'frame-32769',
      sentence: `One byte more closes the connection with 1009 and the reason “${REASON}”`,
      source: 'recorded',
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('usual')
        const [, closed] = await websockets(ws, [['send', 'x'.repeat(32_769)], ['closed']])
        equal(closed ?? 'stays open', [1009, REASON], 'the close')
      },
    },
    {
      id: 'frame-of-browser',
      sentence: 'A browser sends 40 KB as one frame, so that the connection closes with 1009',
      source: 'recorded',
      client: 'Chromium',
      async check(session) {
        const { ws } = await session.api('usual')
        const seen = await browserSocket(ws, { send: 'x'.repeat(40_000) })
        equal(seen.closed ?? 'stays open', { code: 1009, reason: REASON, wasClean: true }, 'the close')
      },
    },
    {
      id: 'message-131072',
      sentence: 'A message of 128 KB in four frames arrives as one body',
      source: quotas,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        for (const last of [false, false, false, true]) client.socket.send('y'.repeat(32_768), { fin: last })
        await api.message(id, ({ body }) => body === 'y'.repeat(131_072))
        await client.close()
      },
    },
    {
      id: 'message-over-131072',
      sentence: 'A message of more than 128 KB in small frames closes the connection with 1009',
      source: quotas,
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('usual')
        const frames = Array(5).fill('y'.repeat(32_000)).concat('y')
        const [, closed] = await websockets(ws, [['send_fragments', frames], ['closed']]).catch((error) => {
          // The close may come while the package still writes.
          if (/1009/.test(error.message)) return [null, [1009]]
          throw error
        })
        equal(closed?.[0] ?? 'stays open', 1009, 'the close code')
      },
    },
    {
      id: 'post-131072',
      sentence: 'The management API delivers a message of 128 KB',
      source: quotas,
      client: 'boto3',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const [answer] = await boto3(api.endpoint, [['post_to_connection', { ConnectionId: id, Data: { repeat: ['z', 131_072] } }]])
        truth(answer.status < 300, `the status: ${answer.status}`)
        equal((await client.next()).length, 131_072, 'the length that arrives')
        await client.close()
      },
    },
    {
      id: 'idle-default',
      sentence: 'The idle limit is 10 minutes where none is set',
      source: quotas,
      client: 'the program’s own help',
      async check(session) {
        equal((await session.target.defaults()).idleTimeout, 600, 'the default in seconds')
      },
    },
    {
      id: 'idle-1001',
      sentence: 'An idle connection closes with 1001 `Going away`',
      source: 'recorded',
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('idle')
        const started = Date.now()
        const [closed] = await websockets(ws, [['closed']])
        equal(closed ?? 'stays open', [1001, 'Going away'], 'the close')
        truth(Date.now() - started >= 2900, 'closed before the limit')
      },
    },
    {
      id: 'idle-in-browser',
      sentence: 'A browser sees the idle limit as a clean close with 1001',
      source: 'recorded',
      client: 'Chromium',
      async check(session) {
        const { ws } = await session.api('idle')
        const seen = await browserSocket(ws)
        equal(seen.closed ?? 'stays open', { code: 1001, reason: 'Going away', wasClean: true }, 'the close')
      },
    },
    {
      id: 'idle-data-from-client',
      sentence: 'Data from the client puts the idle limit off',
      source: quotas,
      client: 'ws',
      check: (session) => outlivesIdle(session, (api, { client }) => client.send('busy')),
    },
    {
      id: 'idle-data-to-client',
      sentence: 'Data to the client puts the idle limit off',
      source: quotas,
      client: 'ws, fetch',
      check: (session) =>
        outlivesIdle(session, (api, { id }) => api.call('POST', id, 'busy')),
    },
    {
      id: 'lifetime-default',
      sentence: 'A connection lasts 2 hours at most where nothing else is set',
      source: quotas,
      client: 'the program’s own help',
      async check(session) {
        equal((await session.target.defaults()).maxConnectionDuration, 7200, 'the default in seconds')
      },
    },
    {
      id: 'lifetime-1001',
      sentence: 'After its longest duration a busy connection closes with 1001',
      source: quotas,
      client: 'ws',
      async check(session) {
        const api = await session.api('lifetime')
        const { client } = await api.connect()
        const timer = setInterval(() => client.send('busy'), 100)
        try {
          equal((await client.ended()).code, 1001, 'the close code')
        } finally {
          clearInterval(timer)
        }
      },
    },
    {
      id: 'integration-timeout-default',
      sentence: 'An integration may take 29 seconds where nothing else is set',
      source: quotas,
      client: 'the program’s own help',
      async check(session) {
        const { integrationTimeout } = await session.target.defaults()
        equal(integrationTimeout ?? 'no such limit beside the function’s own', 29, 'the default in seconds')
      },
    },
    {
      id: 'url-4096',
      sentence: 'A URL of 4,096 characters is accepted, one of more is refused',
      source: quotas,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const length = (query) => new URL(api.ws).pathname.length + `?q=${query}`.length
        const room = 4096 - length('')
        const { client } = await api.connect({ q: 'q'.repeat(room) })
        await client.close()
        await api.refusal({ q: 'q'.repeat(room + 10) })
      },
    },
  ],
}

/** Keeps a connection busy in one way for longer than the idle limit; it must stay open. */
async function outlivesIdle(session, keepBusy) {
  const api = await session.api('idle')
  const connection = await api.connect()
  const until = Date.now() + 5000
  while (Date.now() < until) {
    await keepBusy(api, connection)
    await new Promise((resolve) => setTimeout(resolve, 200))
    truth(connection.client.socket.readyState === 1, 'closes although it is busy')
  }
  await connection.client.close()
}
