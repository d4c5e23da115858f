import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { inPage } from '../clients/chromium.mjs'
import { boto3 } from '../clients/python.mjs'
import { equal, matches } from '../expect.mjs'

const reference = 'ApiGatewayManagementApi API reference'
/** An id of the right form that no connection ever had. */
const NEVER = 'AAAAAAAAAAAAAAA='

/** The error that a promise is rejected with. */
const failure = (promise) => promise.then(() => Promise.reject(new Error('the call succeeds')), (error) => error)

export default {
  title: 'Errors of the management API',
  rows: [
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
      id: 'forbidden-403',
      sentence: 'A path outside the stage is 403 `{"message":"Forbidden"}`, ForbiddenException',
      source: reference,
      client: 'boto3',
      async check(session) {
        const api = await session.api('usual')
        const [answer] = await boto3(`${api.origin}/elsewhere`, [['post_to_connection', { ConnectionId: NEVER, Data: 'x' }]])
        equal([answer.status, answer.exception, answer.Error?.Message ?? answer.message], [403, 'ForbiddenException', 'Forbidden'], 'status, exception and message')
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
  ],
}

async function gone(api, method, id) {
  const { status, headers, body } = await api.call(method, id)
  equal([status, body, headers.get('x-amzn-errortype')], [410, '', 'GoneException'], `${method}: status, body and x-amzn-errortype`)
}
