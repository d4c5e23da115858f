import { DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { boto3 } from '../clients/python.mjs'
import { equal, matches, truth, within } from '../expect.mjs'

const commands = 'Use @connections commands in your backend service'
const reference = 'ApiGatewayManagementApi API reference'
const NEVER = 'AAAAAAAAAAAAAAA='

export default {
  title: 'Management API',
  rows: [
    {
      id: 'post-200',
      sentence: 'POST delivers the text and answers 200 with an empty body, `content-type: application/json` and `content-length: 0`',
      source: 'recorded',
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const { status, headers, body } = await api.call('POST', id, 'hello ✓')
        equal(await client.next(), 'hello ✓', 'what arrives')
        equal([status, body, headers.get('content-length')], [200, '', '0'], 'status, body and content-length')
        matches(headers.get('content-type'), /^application\/json/, 'content-type')
        await client.close()
      },
    },
    {
      id: 'post-js',
      sentence: 'The AWS SDK for JavaScript posts to a connection',
      source: commands,
      client: 'AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        await api.sdk().send(new PostToConnectionCommand({ ConnectionId: id, Data: new TextEncoder().encode('from JavaScript') }))
        equal(await client.next(), 'from JavaScript', 'what arrives')
        await client.close()
      },
    },
    {
      id: 'post-boto3',
      sentence: 'boto3 posts to a connection',
      source: commands,
      client: 'boto3',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const [answer] = await boto3(api.endpoint, [['post_to_connection', { ConnectionId: id, Data: 'from Python' }]])
        truth(answer.status < 300, `the status: ${answer.status}`)
        equal(await client.next(), 'from Python', 'what arrives')
        await client.close()
      },
    },
    {
      id: 'get-200',
      sentence: 'GET answers 200 with identity, connectedAt and lastActiveAt, as JSON over several lines',
      source: 'recorded',
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id, event } = await api.connect({}, { headers: { 'User-Agent': 'tester/1' } })
        const { status, body } = await api.call('GET', id)
        equal(status, 200, 'the status')
        const value = JSON.parse(body)
        equal(Object.keys(value), ['identity', 'connectedAt', 'lastActiveAt'], 'the fields')
        equal(value.identity, { sourceIp: event.requestContext.identity.sourceIp, userAgent: 'tester/1' }, 'identity')
        matches(value.lastActiveAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'lastActiveAt')
        equal(Date.parse(value.connectedAt), event.requestContext.connectedAt, 'connectedAt')
        equal(body, JSON.stringify(value, null, 2), 'the text')
        await client.close()
      },
    },
    {
      id: 'get-sdks',
      sentence: 'Both SDKs read it as dates and strings, and lastActiveAt moves with each message',
      source: reference,
      client: 'boto3, AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const first = await api.sdk().send(new GetConnectionCommand({ ConnectionId: id }))
        truth(first.ConnectedAt instanceof Date && first.LastActiveAt instanceof Date, 'no dates')
        await new Promise((resolve) => setTimeout(resolve, 30))
        client.send('move')
        await api.message(id)
        const [second] = await boto3(api.endpoint, [['get_connection', { ConnectionId: id }]])
        matches(second.Identity.SourceIp, /^(127\.0\.0\.1|::1)$/, 'SourceIp')
        truth(Date.parse(second.LastActiveAt) > first.LastActiveAt, 'lastActiveAt stands still')
        equal(Date.parse(second.ConnectedAt), Number(first.ConnectedAt), 'connectedAt')
        await client.close()
      },
    },
    {
      id: 'delete-204',
      sentence: 'DELETE answers 204 with nothing and closes the connection',
      source: 'recorded',
      client: 'AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const { $metadata } = await api.sdk().send(new DeleteConnectionCommand({ ConnectionId: id }))
        equal($metadata.httpStatusCode, 204, 'the status')
        await client.ended()
      },
    },
    {
      id: 'headers-of-answers',
      sentence: 'All answers carry `x-amzn-requestid` (a UUID) and `x-amz-apigw-id`',
      source: 'recorded',
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        for (const [method, name] of [['POST', id], ['GET', id], ['POST', NEVER], ['POST', 'x'], ['DELETE', id]]) {
          const { headers } = await api.call(method, name)
          matches(headers.get('x-amzn-requestid'), /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, 'x-amzn-requestid')
          matches(headers.get('x-amz-apigw-id'), /^[\w-]{15}=$/, 'x-amz-apigw-id')
        }
        await client.ended()
      },
    },
    {
      id: 'request-id-in-sdk',
      sentence: 'boto3 finds the request’s id in the answer',
      source: reference,
      client: 'boto3',
      async check(session) {
        const api = await session.api('usual')
        const [answer] = await boto3(api.endpoint, [['get_connection', { ConnectionId: NEVER }]])
        matches(answer.requestId, /^[\da-f-]{36}$/, 'RequestId')
      },
    },
    {
      id: 'stage-in-callback-path',
      sentence: 'The path is /{stage}/@connections/{connectionId}',
      source: commands,
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const post = (path) => fetch(`${api.origin}${path}@connections/${encodeURIComponent(id)}`, { method: 'POST', body: path })
        const { status } = await post(`/${api.stage}/`)
        truth(status < 300, `the status with the stage: ${status}`)
        equal(await client.next(), `/${api.stage}/`, 'what arrives')
        equal((await post('/elsewhere/')).status, 403, 'the status with another stage')
        await client.close()
      },
    },
    {
      id: 'posts-to-many',
      sentence: 'Posts to many connections at once each reach their own',
      source: commands,
      client: 'AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const connections = await Promise.all(Array.from({ length: 20 }, () => api.connect()))
        const sdk = api.sdk()
        await within(Promise.all(connections.map(({ id }) => sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: id })))), 'a post is not answered')
        for (const { client, id } of connections) {
          equal(await client.next(), id, 'what arrives')
          client.socket.close()
        }
      },
    },
  ],
}
