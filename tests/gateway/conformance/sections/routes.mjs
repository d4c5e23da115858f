import { websockets } from '../clients/python.mjs'
import { equal, matches, truth } from '../expect.mjs'

const routes = 'Create routes for WebSocket APIs in API Gateway'
const integrations = 'Integrations for WebSocket APIs in API Gateway'
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
    selects('route-composed', 'A composed expression `${request.body.service}/${request.body.action}` selects too', { service: 'chat', action: 'join' }, 'chat/join', { setup: 'composed' }),
    selects('route-composed-missing', 'In it a missing field is an empty value', { service: 'chat' }, 'chat/', { setup: 'composed' }),
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
      id: 'route-response',
      sentence: 'With a route response the Lambda’s body is what the client gets',
      source: responses,
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('responding')
        const message = JSON.stringify({ action: 'ask', do: { answer: { statusCode: 200, body: 'the answer' } } })
        const [, text] = await websockets(ws, [['send', message], ['receive']])
        equal(text, 'the answer', 'what arrives')
      },
    },
    {
      id: 'mock-integration',
      sentence: 'A MOCK integration answers by itself, by a template',
      source: integrations,
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('mock')
        const [, text] = await websockets(ws, [['send', '{"action":"ping"}'], ['receive']])
        equal(JSON.parse(text ?? 'null'), { pong: true }, 'what arrives')
      },
    },
    {
      id: 'http-integration',
      sentence: 'An HTTP proxy integration sends the body to a web server and its answer to the client',
      source: integrations,
      client: 'ws',
      async check(session) {
        const api = await session.api('http')
        const { client } = await api.connect()
        const mark = Math.random()
        client.send({ action: 'ask', mark })
        await api.collector.report('http', (body) => body.mark === mark, 'the web server gets no request')
        equal(await client.next(), '{"collected":"http"}', 'what arrives')
        await client.close()
      },
    },
    {
      id: 'model-bad-request-body',
      sentence: 'A body that its route’s model does not accept gets the frame `Bad request body` with a messageId, to the byte',
      source: 'recorded',
      client: 'websockets',
      async check(session) {
        const { ws } = await session.api('model')
        const [, text] = await websockets(ws, [['send', '{"action":"buy","price":"much"}'], ['receive']])
        matches(text ?? 'nothing is sent', /^\{"message" : "Bad request body", "connectionId": "[\w-]{15}=", "messageId": "[\w-]{15}="\}$/, 'the frame')
      },
    },
    {
      id: 'model-accepts',
      trivially: true,
      sentence: 'A body that the model accepts reaches its route',
      source: 'Request validation for WebSocket APIs in API Gateway',
      client: 'ws',
      async check(session) {
        const api = await session.api('model')
        const { client, id } = await api.connect()
        client.send({ action: 'buy', price: 3 })
        equal((await api.message(id)).requestContext.routeKey, 'buy', 'the route')
        await client.close()
      },
    },
    {
      id: 'stage-variables',
      sentence: 'stageVariables stand before the context of `$connect`, and only there',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('variables')
        const { client, event, id } = await api.connect()
        equal(Object.keys(event), ['headers', 'multiValueHeaders', 'stageVariables', 'requestContext', 'isBase64Encoded'], 'the fields')
        equal(event.stageVariables, { color: 'blue', level: '3' }, 'stageVariables')
        client.send('hello')
        equal(Object.keys(await api.message(id)), ['requestContext', 'body', 'isBase64Encoded'], 'the fields of MESSAGE')
        await client.close()
      },
    },
    {
      id: 'messages-serial',
      sentence: 'Where it is wanted, messages of one connection run one after the other (a setting of the emulator)',
      source: 'users’ reports',
      client: 'ws',
      async check(session) {
        const api = await session.api('serial')
        const { client } = await api.connect()
        client.send({ do: { sleep: 400, post: 'first' } })
        client.send({ do: { post: 'second' } })
        equal([await client.next(), await client.next()], ['first', 'second'], 'the order')
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
