import { websockets } from '../clients/python.mjs'
import { equal, matches, truth } from '../expect.mjs'

const authorizers = 'Control access to WebSocket APIs with AWS Lambda REQUEST authorizers'
const query = (token) => (token === undefined ? {} : { token })

/** A row about the status with which an authorizer's answer refuses a client. */
const refuses = (id, sentence, token, status) => ({
  id,
  sentence,
  source: authorizers,
  client: 'ws',
  async check(session) {
    const api = await session.api('authorized')
    equal((await api.refusal(query(token))).status, status, 'the status')
  },
})

export default {
  title: 'Authorizers',
  rows: [
    refuses('authorizer-unauthorized-401', 'An authorizer that fails with `Unauthorized` is 401', 'unauthorized', 401),
    refuses('authorizer-deny-403', 'A policy that denies is 403', 'deny', 403),
    refuses('authorizer-crash-500', 'An authorizer that fails otherwise is 500', 'crash', 500),
    {
      id: 'authorizer-identity-source',
      sentence: 'Without its identity source the client is refused with 401 and the authorizer is not called',
      source: authorizers,
      client: 'websockets',
      async check(session) {
        const api = await session.api('authorized')
        const mark = `anonymous-${Math.random()}`
        const seen = await websockets(api.ws, [], { headers: { 'X-Row': mark } })
        equal(seen.refused ?? 101, 401, 'the status')
        const calls = api.collector.reports('authorizer').filter(({ headers }) => Object.values(headers).includes(mark))
        equal(calls.length, 0, 'calls of the authorizer')
      },
    },
    {
      id: 'authorizer-refuses-before-connect',
      sentence: 'A refused client never reaches `$connect`',
      source: authorizers,
      client: 'ws',
      async check(session) {
        const api = await session.api('authorized')
        const mark = `denied-${Math.random()}`
        await api.refusal({ token: 'deny', mark })
        const { client } = await api.connect({ token: 'allow' })
        const calls = api.collector.reports('event').filter(({ queryStringParameters }) => queryStringParameters?.mark === mark)
        equal(calls.length, 0, 'calls of $connect')
        await client.close()
      },
    },
    {
      id: 'authorizer-context',
      sentence: 'principalId and the authorizer’s context are in every event of the connection',
      source: authorizers,
      client: 'ws',
      async check(session) {
        const api = await session.api('authorized')
        const { client, event, id } = await api.connect({ token: 'allow' })
        client.send('hello')
        const message = await api.message(id)
        await client.close()
        for (const { requestContext } of [event, message, await api.disconnected(id)]) {
          const { principalId, tenant, level, beta } = requestContext.authorizer ?? {}
          equal([principalId, tenant, String(level), String(beta)], ['user-7', 'blue', '3', 'true'], `authorizer of ${requestContext.eventType}`)
        }
      },
    },
    {
      id: 'authorizer-context-order',
      sentence: 'authorizer stands before eventType in the context',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const api = await session.api('authorized')
        const { client, event, id } = await api.connect({ token: 'allow' })
        client.send('hello')
        const message = await api.message(id)
        equal(Object.keys(event.requestContext).slice(0, 3), ['routeKey', 'authorizer', 'eventType'], 'the fields of CONNECT')
        equal(Object.keys(message.requestContext).slice(0, 4), ['routeKey', 'messageId', 'authorizer', 'eventType'], 'the fields of MESSAGE')
        await client.close()
      },
    },
    {
      id: 'authorizer-event',
      sentence: 'The authorizer gets type REQUEST, a methodArn ending in /{stage}/$connect, headers, query and context',
      source: authorizers,
      client: 'ws',
      async check(session) {
        const api = await session.api('authorized')
        const mark = `asked-${Math.random()}`
        const { client } = await api.connect({ token: 'allow', mark })
        const event = await api.collector.report('authorizer', ({ queryStringParameters }) => queryStringParameters?.mark === mark, 'the authorizer is not called')
        equal(event.type, 'REQUEST', 'type')
        matches(event.methodArn, /^arn:aws:execute-api:[\w-]+:\d{12}:[^/]+\/production\/\$connect$/, 'methodArn')
        equal([event.requestContext.routeKey, event.requestContext.eventType], ['$connect', 'CONNECT'], 'routeKey and eventType')
        truth(event.headers && event.multiValueHeaders, 'no headers')
        await client.close()
      },
    },
  ],
}
