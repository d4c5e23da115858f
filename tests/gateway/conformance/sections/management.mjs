import { DeleteConnectionCommand, GetConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { inPage } from '../clients/chromium.mjs'
import { boto3 } from '../clients/python.mjs'
import { equal, matches, truth, within } from '../expect.mjs'

const commands = 'Use @connections commands in your backend service'
const reference = 'ApiGatewayManagementApi API reference'
const NEVER = 'AAAAAAAAAAAAAAA='

/** The error that a promise is rejected with. */
const failure = (promise) => promise.then(() => Promise.reject(new Error('the call succeeds')), (error) => error)

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
      id: 'gone-closed',
      sentence: 'Every call for a connection that has closed is 410 with an empty body and `x-amzn-errortype: GoneException`',
      source: 'recorded',
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        await client.close()
        await api.disconnected(id)
        for (const method of ['POST', 'GET', 'DELETE']) await gone(api, method, id)
      },
    },
    {
      id: 'gone-never',
      sentence: 'A well-formed id that never was is 410 too',
      source: 'recorded',
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        for (const method of ['POST', 'GET', 'DELETE']) await gone(api, method, NEVER)
      },
    },
    {
      id: 'gone-js',
      sentence: 'The AWS SDK for JavaScript raises GoneException',
      source: reference,
      client: 'AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const error = await failure(api.sdk().send(new PostToConnectionCommand({ ConnectionId: NEVER, Data: 'x' })))
        equal([error.name, error.$metadata?.httpStatusCode], ['GoneException', 410], 'the error')
      },
    },
    {
      id: 'gone-boto3',
      sentence: 'boto3 raises GoneException',
      source: reference,
      client: 'boto3',
      async check(session) {
        const api = await session.api('usual')
        const [answer] = await boto3(api.endpoint, [['post_to_connection', { ConnectionId: NEVER, Data: 'x' }]])
        equal([answer.exception, answer.Error?.Code, answer.status], ['GoneException', 'GoneException', 410], 'the error')
      },
    },
    {
      id: 'malformed-400',
      sentence: 'A malformed id is 400 `{"message":"Invalid connectionId: X"}`, BadRequestException',
      source: 'recorded',
      client: 'fetch',
      async check(session) {
        const api = await session.api('usual')
        for (const method of ['POST', 'GET', 'DELETE']) {
          const { status, headers, body } = await api.call(method, 'not-an-id')
          equal([status, body], [400, '{"message":"Invalid connectionId: not-an-id"}'], `${method}: status and body`)
          matches(headers.get('x-amzn-errortype'), /^BadRequestException/, 'x-amzn-errortype')
        }
      },
    },
    {
      id: 'malformed-sdks',
      sentence: 'The SDKs show that message',
      source: 'users’ reports',
      client: 'boto3, AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const error = await failure(api.sdk().send(new PostToConnectionCommand({ ConnectionId: 'x', Data: 'x' })))
        equal([error.name, error.message], ['BadRequestException', 'Invalid connectionId: x'], 'the error in JavaScript')
        const [answer] = await boto3(api.endpoint, [['delete_connection', { ConnectionId: 'x' }]])
        equal(answer.Error, { Message: 'Invalid connectionId: x', Code: 'BadRequestException' }, 'the error in Python')
      },
    },
    {
      id: 'too-large-413',
      sentence: 'A post of more than 128 KB is 413 PayloadTooLargeException, and nothing arrives',
      source: reference,
      client: 'boto3',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const [answer] = await boto3(api.endpoint, [['post_to_connection', { ConnectionId: id, Data: { repeat: ['z', 131_073] } }]])
        equal([answer.status, answer.exception], [413, 'PayloadTooLargeException'], 'status and exception')
        await api.call('POST', id, 'next')
        equal(await client.next(), 'next', 'what arrives')
        await client.close()
      },
    },
    {
      id: 'too-large-js',
      sentence: 'The AWS SDK for JavaScript raises PayloadTooLargeException',
      source: reference,
      client: 'AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const error = await failure(api.sdk().send(new PostToConnectionCommand({ ConnectionId: id, Data: 'z'.repeat(1_000_000) })))
        equal(error.name, 'PayloadTooLargeException', 'the error')
        await client.close()
      },
    },
    {
      id: 'buffer-full-429',
      sentence: 'When a client does not read and its buffer is full, a post is 429 LimitExceededException, and others are served',
      source: reference,
      client: 'AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('usual')
        const { client: reader, id: readerId } = await api.connect()
        const { client, id } = await api.connect()
        client.socket.pause()
        const sdk = api.sdk()
        const data = 'f'.repeat(128 * 1024)
        let error
        for (let count = 0; count < 400 && !error; count++) {
          error = await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: data })).then(() => null, (error) => error)
        }
        try {
          equal([error?.name ?? '400 posts of 128 KB are accepted', error?.$metadata?.httpStatusCode], ['LimitExceededException', 429], 'the error')
          await api.call('POST', readerId, 'meanwhile')
          equal(await reader.next(), 'meanwhile', 'what another client gets')
        } finally {
          client.socket.terminate()
          reader.socket.terminate()
        }
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
      id: 'post-in-connect-410',
      sentence: 'A post to a connection from inside its own `$connect` is 410',
      source: 'users’ reports',
      client: 'ws, with the AWS SDK for JavaScript in the handler',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect({ do: JSON.stringify({ post: 'too early' }) })
        const { name, status } = await api.collector.report('outcome', ({ connectionId }) => connectionId === id, 'the handler reports nothing')
        equal([name, status], ['GoneException', 410], 'the error')
        await client.close()
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
      id: 'no-cors',
      sentence: 'There is no CORS: a page can neither post nor read',
      source: 'users’ reports',
      client: 'Chromium',
      async check(session) {
        const api = await session.api('usual')
        const { client, id } = await api.connect()
        const url = `${api.endpoint}/@connections/${encodeURIComponent(id)}`
        const seen = await inPage(
          (url) =>
            Promise.all(
              [{ method: 'GET' }, { method: 'DELETE' }].map((options) => fetch(url, options).then(({ status }) => status, (error) => error.name)),
            ),
          url,
        )
        equal(seen, ['TypeError', 'TypeError'], 'what the page sees')
        await api.call('POST', id, 'still open')
        equal(await client.next(), 'still open', 'what arrives')
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

async function gone(api, method, id) {
  const { status, headers, body } = await api.call(method, id)
  equal([status, body, headers.get('x-amzn-errortype')], [410, '', 'GoneException'], `${method}: status, body and x-amzn-errortype`)
}
