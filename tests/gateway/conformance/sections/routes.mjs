import { equal, truth } from '../expect.mjs'

const routes = 'Create routes for WebSocket APIs in API Gateway'
const responses = 'Set up route responses for WebSocket APIs in API Gateway'

/** A row about which route a body selects on the API of a setup. */
const selects = (id, sentence, body, route, { setup = 'usual', source = routes } = {}) => ({
  id,
  sentence,
  source,
  client: 'ws',
  async check(session) {
    const api = await session.api(setup)
    const { client, id } = await api.connect()
    client.send(body)
    equal((await api.message(id)).requestContext.routeKey, route, 'the route')
    await client.close()
  },
})

export default {
  title: 'Routes and integrations',
  rows: [
    selects('route-by-action', '`$request.body.action` selects the route of that key', { action: 'hello' }, 'hello'),
    selects('route-exact', 'The value must match a route key exactly, its case included', { action: 'HELLO' }, '$default'),
    selects('route-number', 'The number 1 selects the route key `1`', { action: 1 }, '1'),
    selects('route-true', 'The value true selects the route key `true`', { action: true }, 'true'),
    selects('route-array', 'An array becomes `[item1, item2]`', { action: ['item1', 'item2'] }, '[item1, item2]'),
    selects('route-missing', 'A missing field is an empty value, which goes to `$default`', { other: 'hello' }, '$default'),
    selects('route-not-json', 'A body that is not JSON goes to `$default`', 'hello', '$default'),
    selects('route-reserved', 'A message cannot select `$connect` or `$disconnect`', { action: '$disconnect' }, '$default'),
    selects('route-nested', 'A nested field selects too', { message: { kind: 'deep' } }, 'deep', { setup: 'nested' }),
    {
      id: 'route-default-alone',
      sentence: '`$default` alone receives every message, so that a backend can dispatch by itself',
      source: routes,
      client: 'ws',
      async check(session) {
        const api = await session.api('defaultOnly')
        const client = await api.open()
        const mark = String(Math.random())
        client.send({ action: 'anything', mark })
        const { requestContext } = await api.event('MESSAGE', ({ body }) => body.includes(mark))
        equal(requestContext.routeKey, '$default', 'the route')
        await client.close()
      },
    },
    {
      id: 'no-route-response',
      sentence: 'Without a route response the Lambda’s body does not reach the client',
      source: responses,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client } = await api.connect()
        client.send({ do: { answer: { statusCode: 200, body: 'for nobody' } } })
        client.send({ do: { sleep: 300, post: 'the only text' } })
        equal(await client.next(), 'the only text', 'what arrives')
        await client.close()
      },
    },
    {
      id: 'messages-concurrent',
      sentence: 'A slow message does not hold the next one up: their order is not promised',
      source: 'users’ reports',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client } = await api.connect()
        // Both processes are warm before the race.
        client.send({ do: { post: 'a' } })
        client.send({ do: { post: 'b' } })
        await client.next()
        await client.next()
        client.send({ do: { sleep: 5000, post: 'slow' } })
        client.send({ do: { post: 'fast' } })
        equal(await client.next(), 'fast', 'what arrives first')
        truth(client.socket.readyState === 1, 'the connection closed')
        await client.close()
      },
    },
  ],
}
