import { equal, matches, truth } from '../expect.mjs'

const template = 'WebSocket API mapping template reference for API Gateway'

/** From `eventType` to the end, without what only some events have. */
const before = ['eventType', 'extendedRequestId', 'requestTime', 'messageDirection']
const after = ['stage', 'connectedAt', 'requestTimeEpoch', 'identity', 'requestId', 'domainName', 'connectionId', 'apiId']

/** A row about the `$connect`, a message's and the `$disconnect` event of one connection. */
const about = (id, sentence, source, look, { query, options } = {}) => ({
  id,
  sentence,
  source,
  client: 'ws',
  async check(session) {
    const api = await session.api('usual')
    const { client, event, id } = await api.connect(query, options)
    client.send({ action: 'hello', text: '✓' })
    const message = await api.message(id)
    client.socket.close(1000, 'done')
    await look({ connect: event, message, disconnect: await api.disconnected(id) })
  },
})

const keys = (value) => Object.keys(value ?? {}).filter((key) => value[key] !== undefined)
const values = (events) => Object.values(events)

export default {
  title: 'Events',
  rows: [
    about('event-connect-order', '`$connect` has headers, multiValueHeaders, requestContext and isBase64Encoded, in this order, and no body', 'recorded', ({ connect }) =>
      equal(keys(connect), ['headers', 'multiValueHeaders', 'requestContext', 'isBase64Encoded'], 'the fields')),
    about('event-connect-query', 'With a query its two maps stand between the headers and the context; a name that repeats keeps its last value in the first map and all in the second', 'recorded', ({ connect }) => {
      equal(keys(connect), ['headers', 'multiValueHeaders', 'queryStringParameters', 'multiValueQueryStringParameters', 'requestContext', 'isBase64Encoded'], 'the fields')
      equal([connect.queryStringParameters, connect.multiValueQueryStringParameters], [{ room: 'b c', flag: '' }, { room: ['a', 'b c'], flag: [''] }], 'the query')
    }, { query: [['room', 'a'], ['room', 'b c'], ['flag', '']] }),
    about('event-message-order', 'A message’s event has requestContext, body and isBase64Encoded, and neither headers nor query', 'recorded', ({ message }) => {
      equal(keys(message), ['requestContext', 'body', 'isBase64Encoded'], 'the fields')
      equal([message.body, message.isBase64Encoded], ['{"action":"hello","text":"✓"}', false], 'body and isBase64Encoded')
    }),
    about('event-disconnect-order', '`$disconnect` has headers, multiValueHeaders, requestContext and isBase64Encoded, in this order', 'recorded', ({ disconnect }) =>
      equal(keys(disconnect), ['headers', 'multiValueHeaders', 'requestContext', 'isBase64Encoded'], 'the fields')),
    about('event-disconnect-headers', '`$disconnect` has the headers Host, x-api-key, X-Forwarded-For and x-restapi, two of them empty', 'recorded', ({ disconnect }) => {
      equal(keys(disconnect.headers), ['Host', 'x-api-key', 'X-Forwarded-For', 'x-restapi'], 'the headers')
      equal([disconnect.headers['x-api-key'], disconnect.headers['x-restapi']], ['', ''], 'x-api-key and x-restapi')
    }),
    about('context-connect-order', 'The context of `$connect` has its fields in the service’s order', 'recorded', ({ connect }) =>
      equal(keys(connect.requestContext), ['routeKey', ...before, ...after], 'the fields')),
    about('context-message-order', 'A message’s context also has messageId, after routeKey', 'recorded', ({ message }) =>
      equal(keys(message.requestContext), ['routeKey', 'messageId', ...before, ...after], 'the fields')),
    about('context-disconnect-order', 'The context of `$disconnect` has disconnectStatusCode after routeKey and disconnectReason after messageDirection', 'recorded', ({ disconnect }) =>
      equal(keys(disconnect.requestContext), ['routeKey', 'disconnectStatusCode', ...before, 'disconnectReason', ...after], 'the fields')),
    about('context-types', 'eventType is CONNECT, MESSAGE or DISCONNECT, and messageDirection is always IN', template, (events) =>
      equal(values(events).map(({ requestContext: { eventType, messageDirection } }) => [eventType, messageDirection]), [['CONNECT', 'IN'], ['MESSAGE', 'IN'], ['DISCONNECT', 'IN']], 'the types')),
    about('context-routes', 'routeKey names the route that runs', template, (events) =>
      equal(values(events).map(({ requestContext }) => requestContext.routeKey), ['$connect', 'hello', '$disconnect'], 'the routes')),
    about('context-request-time', 'requestTime looks like `16/Mar/2025:00:46:22 +0000` and is requestTimeEpoch to the second', 'recorded', (events) => {
      for (const { requestContext } of values(events)) {
        matches(requestContext.requestTime, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/, 'requestTime')
        const [, day, month, year, time] = /^(\d+)\/(\w+)\/(\d+):(.{8})/.exec(requestContext.requestTime)
        equal(Date.parse(`${day} ${month} ${year} ${time} GMT`), Math.floor(requestContext.requestTimeEpoch / 1000) * 1000, 'requestTime as a number')
      }
    }),
    about('context-connected-at', 'connectedAt is in milliseconds and the same in all events of a connection', 'recorded', (events) => {
      const times = values(events).map(({ requestContext }) => requestContext.connectedAt)
      truth(times.every((time) => time === times[0] && Math.abs(time - Date.now()) < 60_000), `connectedAt: ${times}`)
    }),
    about('context-request-ids', 'requestId and extendedRequestId are the same, and new with each event', 'recorded', (events) => {
      const ids = values(events).map(({ requestContext: { requestId, extendedRequestId } }) => [requestId, extendedRequestId])
      truth(ids.every(([one, other]) => one === other), `requestId and extendedRequestId differ: ${ids[0]}`)
      equal(new Set(ids.map(([one]) => one)).size, 3, 'different ids')
    }),
    about('context-identity', 'identity has the client’s address and User-Agent, and nothing else', 'recorded', (events) => {
      for (const { requestContext } of values(events)) {
        equal(keys(requestContext.identity), ['userAgent', 'sourceIp'], 'identity')
        matches(requestContext.identity.sourceIp, /^(127\.0\.0\.1|::1)$/, 'sourceIp')
        equal(requestContext.identity.userAgent, 'tester/1', 'userAgent')
      }
    }, { options: { headers: { 'User-Agent': 'tester/1' } } }),
    about('context-no-user-agent', 'Without a User-Agent, identity has no such field', 'recorded', ({ connect }) =>
      equal(keys(connect.requestContext.identity), ['sourceIp'], 'identity')),
    about('context-stage-and-api', 'stage and apiId are strings, the same in all events', template, (events) => {
      const seen = new Set(values(events).map(({ requestContext: { stage, apiId } }) => `${stage} ${apiId}`))
      equal(seen.size, 1, 'different values')
      matches([...seen][0], /^production \S+$/, 'stage and apiId')
    }),
    about('headers-case', 'Header names keep the client’s case', 'recorded', ({ connect }) => {
      for (const name of ['x-lower', 'X-UPPER']) truth(name in connect.headers && name in connect.multiValueHeaders, `${name} is missing or spelt otherwise`)
    }, { options: { headers: { 'x-lower': '1', 'X-UPPER': '2' } } }),
    about('headers-of-proxy', 'X-Amzn-Trace-Id, X-Forwarded-For, -Port and -Proto are added', 'recorded', ({ connect }) => {
      matches(connect.headers['X-Amzn-Trace-Id'], /^Root=1-[\da-f]{8}-[\da-f]{24}/, 'X-Amzn-Trace-Id')
      matches(connect.headers['X-Forwarded-For'], /127\.0\.0\.1|::1/, 'X-Forwarded-For')
      matches(connect.headers['X-Forwarded-Port'], /^\d+$/, 'X-Forwarded-Port')
      matches(connect.headers['X-Forwarded-Proto'], /^https?$/, 'X-Forwarded-Proto')
    }),
    {
      id: 'domain-name-and-stage',
      sentence: '`https://${domainName}/${stage}` is where a handler reaches the management API',
      source: 'Use @connections commands in your backend service',
      client: 'ws, with the AWS SDK for JavaScript in the handler',
      async check(session) {
        const api = await session.api('usual')
        const { client, event, id } = await api.connect()
        truth(!session.target.endpointIsGiven, 'domainName is a fixed word: the handler must be told another address')
        client.send({ do: { post: 'by domainName' } })
        equal(await client.next(), 'by domainName', 'what arrives')
        truth(event.requestContext.domainName && id, 'no domainName')
        await client.close()
      },
    },
    {
      id: 'connection-id-form',
      sentence: 'connectionId is 11 bytes in URL-safe base64: 16 characters that end with `=`',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const { id } = await (await session.api('usual')).connect()
        matches(id, /^[\w-]{15}=$/, 'connectionId')
        equal(Buffer.from(id, 'base64url').length, 11, 'bytes')
      },
    },
    {
      id: 'id-kinds',
      sentence: 'Byte 9 is 2 in a connection’s id and 5 in a request’s',
      source: 'recorded',
      client: 'ws',
      async check(session) {
        const { id, event } = await (await session.api('usual')).connect()
        const kind = (text) => Buffer.from(text, 'base64url')[8]
        equal([kind(id), kind(event.requestContext.requestId)], [2, 5], 'byte 9')
      },
    },
    {
      id: 'id-in-url',
      sentence: 'An id works in a URL percent-encoded and as it is',
      source: 'Use @connections commands in your backend service',
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        for (const form of [id, encodeURIComponent(id)]) {
          const response = await fetch(`${api.endpoint}/${form === id ? '@' : '%40'}connections/${form}`, { method: 'POST', body: form })
          truth(response.ok, `the status: ${response.status}`)
          equal(await client.next(), form, 'what arrives')
        }
        await client.close()
      },
    },
  ],
}
