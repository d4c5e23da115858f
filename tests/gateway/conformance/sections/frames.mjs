import { browserSocket } from '../clients/chromium.mjs'
import { websockets } from '../clients/python.mjs'
import { equal, matches, truth } from '../expect.mjs'

const routes = 'Create routes for WebSocket APIs in API Gateway'

/** A gateway frame to the byte: a space stands after the first colon and after commas only. */
const frame = (message) => new RegExp(`^\\{"message": "${message}", "connectionId":"[\\w-]{15}=", "requestId":"[\\w-]{15}="\\}$`)

export default {
  title: 'Gateway frames',
  rows: [
    {
      id: 'forbidden',
      sentence: 'Without a matching route and `$default` the client gets the frame `Forbidden`, to the byte',
      source: 'recorded',
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('bare')
        const [, text] = await websockets(ws, [['send', '{"action":"nobody"}'], ['receive']])
        matches(text ?? 'nothing is sent', frame('Forbidden'), 'the frame')
      },
    },
    {
      id: 'forbidden-not-json',
      sentence: 'So it does for a body that is not JSON',
      source: 'recorded',
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('bare')
        const [, text] = await websockets(ws, [['send', 'hello'], ['receive']])
        matches(text ?? 'nothing is sent', frame('Forbidden'), 'the frame')
      },
    },
    {
      id: 'forbidden-stays-open',
      sentence: 'After `Forbidden` the connection stays open, and the next message reaches its route',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('bare')
        const client = await api.open()
        client.send({ action: 'nobody' })
        await client.next()
        const mark = `after ${Math.random()}`
        client.send({ action: 'hello', mark })
        await api.event('MESSAGE', ({ body }) => body.includes(mark), 'the next message does not arrive')
        await client.close()
      },
    },
    {
      id: 'forbidden-in-browser',
      sentence: 'A browser receives a gateway frame as an ordinary message',
      source: 'recorded',
      client: 'Chromium',
      async check(session) {
        const { ws } = await session.api('bare')
        const seen = await browserSocket(ws, { send: 'hello', messages: 1 })
        matches(seen.messages[0] ?? 'nothing is sent', frame('Forbidden'), 'the frame')
        equal(seen.closed, null, 'the close')
      },
    },
    {
      id: 'internal-server-error',
      sentence: 'When the Lambda throws, the client gets `Internal server error`, to the byte, and stays connected',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client } = await api.connect()
        client.send({ do: { throws: 'on purpose' } })
        matches(await client.next(), frame('Internal server error'), 'the frame')
        await stillTalks(client)
      },
    },
    {
      id: 'frame-names-connection',
      sentence: 'A gateway frame carries the receiver’s own connectionId and the request’s id',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.send({ do: { throws: 'on purpose' } })
        const text = await client.next()
        equal(JSON.parse(text).connectionId, id, 'connectionId')
        const { requestContext } = await api.message(id)
        equal(JSON.parse(text).requestId, requestContext.requestId, 'requestId')
        await client.close()
      },
    },
    {
      id: 'timeout',
      sentence: 'When the Lambda takes longer than the integration limit the client gets `Internal server error`',
      source: 'users’ reports',
      client: 'ws',
      async check(session) {
        const api = await session.api('impatient')
        const { client } = await api.connect()
        client.send({ do: { sleep: 60_000 } })
        matches(await client.next('nothing is sent to the client', 25_000), frame('Internal server error'), 'the frame')
        await stillTalks(client)
      },
    },
    {
      id: 'status-500',
      sentence: 'A Lambda that answers a message with a status of its own sends nothing to the client',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client } = await api.connect()
        client.send({ do: { answer: { statusCode: 500, body: 'no' } } })
        await stillTalks(client)
      },
    },
    {
      id: 'status-500-frame',
      sentence: 'Where it is wanted such an answer yields `Internal server error`, as another transcript has it (a setting of the emulator)',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('errorFrames')
        const { client } = await api.connect()
        client.send({ do: { answer: { statusCode: 500, body: 'no' } } })
        matches(await client.next(), frame('Internal server error'), 'the frame')
        await client.close()
      },
    },
    {
      id: 'forbidden-missing-default',
      sentence: 'With `$default` there is no `Forbidden`: every message reaches the backend',
      source: routes,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        client.send({ action: 'nobody' })
        equal((await api.message(id)).requestContext.routeKey, '$default', 'the route')
        await client.close()
      },
    },
  ],
}

/** The next thing that the client receives is what it asks the handler for, not something that was left over. */
async function stillTalks(client) {
  client.send({ do: { post: 'still here' } })
  const text = await client.next('the connection is dead')
  truth(text === 'still here', `something else is sent: ${text}`)
  await client.close()
}
