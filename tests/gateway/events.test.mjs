import assert from 'node:assert/strict'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'
import { openRaw } from './raw.mjs'

const gateway = await startGateway(test, ['--handler', fixture('events.mjs')])

const event = async (pattern) => {
  const line = await gateway.log.line(pattern)
  return JSON.parse(line.slice(line.indexOf('EVENT ') + 6))
}

const connectContext = [
  'routeKey', 'eventType', 'extendedRequestId', 'requestTime', 'messageDirection', 'stage', 'connectedAt',
  'requestTimeEpoch', 'identity', 'requestId', 'domainName', 'connectionId', 'apiId',
]
const messageContext = ['routeKey', 'messageId', ...connectContext.slice(1)]
const disconnectContext = [
  'routeKey', 'disconnectStatusCode', 'eventType', 'extendedRequestId', 'requestTime', 'messageDirection',
  'disconnectReason', ...connectContext.slice(5),
]

const client = await open(`${gateway.ws}?room=a&room=b%20c&flag`, { headers: { 'x-lower': '1', 'X-UPPER': '2', 'User-Agent': 'tester/1' } })
client.send('{"action":"hello","text":"\u2713"}')
await gateway.log.line(/"MESSAGE"/)
await client.close(1000, 'done')

test('$connect sees headers in the client’s case, the query, and the context in the order of the service', async () => {
  const { headers, multiValueHeaders, queryStringParameters, multiValueQueryStringParameters, ...rest } = await event(/"CONNECT"/)
  assert.deepEqual(Object.keys(rest), ['requestContext', 'isBase64Encoded'])
  assert.equal(headers['x-lower'], '1')
  assert.equal(headers['X-UPPER'], '2')
  assert.equal(headers.Host, `localhost:${gateway.port}`)
  assert.equal(headers['Sec-WebSocket-Version'], '13')
  assert.match(headers['X-Amzn-Trace-Id'], /^Root=1-[\da-f]{8}-[\da-f]{24}$/)
  assert.match(headers['X-Forwarded-For'], /^(127\.0\.0\.1|::1)$/)
  assert.equal(headers['X-Forwarded-Port'], String(gateway.port))
  assert.equal(headers['X-Forwarded-Proto'], 'http')
  assert.equal(headers.Upgrade ?? headers.Connection, undefined)
  assert.deepEqual(multiValueHeaders['X-UPPER'], ['2'])
  assert.deepEqual(Object.keys(multiValueHeaders), Object.keys(headers))
  assert.deepEqual(queryStringParameters, { room: 'b c', flag: '' })
  assert.deepEqual(multiValueQueryStringParameters, { room: ['a', 'b c'], flag: [''] })
  assert.deepEqual(Object.keys(rest.requestContext), connectContext)
})

test('the context of $connect tells who, where and when', async () => {
  const { requestContext: context } = await event(/"CONNECT"/)
  assert.equal(context.routeKey, '$connect')
  assert.equal(context.eventType, 'CONNECT')
  assert.equal(context.messageDirection, 'IN')
  assert.equal(context.stage, 'production')
  assert.equal(context.domainName, `localhost:${gateway.port}`)
  assert.equal(context.requestId, context.extendedRequestId)
  assert.equal(context.identity.userAgent, 'tester/1')
  assert.equal(context.connectedAt, context.requestTimeEpoch)
  assert.match(context.requestTime, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/)
})

test('ids carry the mark of their kind in their ninth byte', async () => {
  const { requestContext } = await event(/"MESSAGE"/)
  const ninth = (id) => Buffer.from(id, 'base64url')[8]
  assert.equal(ninth(requestContext.connectionId), 2)
  assert.equal(ninth(requestContext.requestId), 5)
})

test('a message has context and body, neither headers nor query', async () => {
  const message = await event(/"MESSAGE"/)
  assert.deepEqual(Object.keys(message), ['requestContext', 'body', 'isBase64Encoded'])
  assert.equal(message.body, '{"action":"hello","text":"\u2713"}')
  assert.equal(message.isBase64Encoded, false)
  assert.deepEqual(Object.keys(message.requestContext), messageContext)
  assert.equal(message.requestContext.routeKey, '$default')
})

test('$disconnect has four headers, the status and the reason', async () => {
  const gone = await event(/"DISCONNECT"/)
  assert.deepEqual(Object.keys(gone), ['headers', 'multiValueHeaders', 'requestContext', 'isBase64Encoded'])
  assert.deepEqual(gone.headers, {
    Host: `localhost:${gateway.port}`, 'x-api-key': '', 'X-Forwarded-For': gone.requestContext.identity.sourceIp, 'x-restapi': '',
  })
  assert.deepEqual(Object.keys(gone.requestContext), disconnectContext)
  assert.equal(gone.requestContext.disconnectStatusCode, 1000)
  assert.equal(gone.requestContext.disconnectReason, 'done')
})

test('all three events name the same connection', async () => {
  const ids = await Promise.all([/"CONNECT"/, /"MESSAGE"/, /"DISCONNECT"/].map(async (kind) => (await event(kind)).requestContext.connectionId))
  assert.equal(new Set(ids).size, 1)
})

test('without a query the event has no query keys', async () => {
  const plain = await open(gateway.ws, { headers: { 'x-who': 'plain' } })
  const keys = Object.keys(await event(/"x-who":"plain"/))
  assert.deepEqual(keys, ['headers', 'multiValueHeaders', 'requestContext', 'isBase64Encoded'])
  await plain.close()
})

test('the domain name is this gateway’s, whatever a proxy has made of Host', async () => {
  for (const [host, expected] of [
    ['example.com', 'localhost'],
    ['localhost:9', 'localhost'],
    [`127.0.0.1:${gateway.port}`, '127.0.0.1'],
    [`[::1]:${gateway.port}`, '[::1]'],
  ]) {
    const who = encodeURIComponent(host)
    const proxied = await open(gateway.ws, { headers: { Host: host, 'x-who': who } })
    const { requestContext } = await event(new RegExp(`"x-who":"${who}"`))
    assert.equal(requestContext.domainName, `${expected}:${gateway.port}`, host)
    await proxied.close()
  }
})

test('each line of X-Forwarded-For that a client or its proxies sent is kept before the address that is known', async (t) => {
  const lines = ['X-Several: yes', 'X-Forwarded-For: 203.0.113.1', 'X-Forwarded-For: 203.0.113.2, 203.0.113.3']
  await openRaw(t, gateway, { lines })
  const { headers } = await event(/"X-Several":"yes"/)
  assert.equal(headers['X-Forwarded-For'], '203.0.113.1, 203.0.113.2, 203.0.113.3, 127.0.0.1')
})
