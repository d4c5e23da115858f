import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import test from 'node:test'
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { identify, open } from './client.mjs'
import { connectionIdHandler, fixture, startGateway } from './gateway.mjs'

const gateway = await startGateway(test, ['--handler', connectionIdHandler])
const ca = readFileSync(gateway.ca)
const sdk = new ApiGatewayManagementApiClient({
  endpoint: gateway.https.replace('/@connections', ''),
  region: 'us-east-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
  requestHandler: { httpsAgent: new https.Agent({ ca, keepAlive: true }) },
})
test.after(() => sdk.destroy())

const post = (ConnectionId, Data) => sdk.send(new PostToConnectionCommand({ ConnectionId, Data }))

/** A request without the SDK: status, headers and the body's text. */
function raw(method, path, { body, headers, tls = false, port = gateway.port } = {}) {
  return new Promise((resolve, reject) => {
    const { request: start } = tls ? https : http
    const request = start({ method, host: 'localhost', port, path, headers, ca }, (response) => {
      let text = ''
      response.on('data', (data) => (text += data))
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

test('a post reaches the client as one text message', async () => {
  const client = await identify(gateway.ws)
  const { $metadata } = await post(client.connectionId, 'hällo')
  assert.equal($metadata.httpStatusCode, 200)
  assert.equal(await client.next(), 'hällo')
  await client.close()
})

test('posts of one sender arrive in order', async () => {
  const client = await identify(gateway.ws)
  for (let index = 0; index < 50; index += 1) await post(client.connectionId, String(index))
  for (let index = 0; index < 50; index += 1) assert.equal(await client.next(), String(index))
  await client.close()
})

test('a post of 128 KB passes, one byte more is answered 413 PayloadTooLargeException', async () => {
  const client = await identify(gateway.ws)
  await post(client.connectionId, 'x'.repeat(128 * 1024))
  assert.equal((await client.next()).length, 128 * 1024)
  await assert.rejects(post(client.connectionId, 'x'.repeat(128 * 1024 + 1)), (error) => {
    assert.equal(error.name, 'PayloadTooLargeException')
    assert.equal(error.$metadata.httpStatusCode, 413)
    return true
  })
  await client.close()
})

test('GET tells when and from where a connection came', async () => {
  const before = Date.now()
  const client = await identify(gateway.ws, { headers: { 'User-Agent': 'tester/1' } })
  const answer = await sdk.send(new GetConnectionCommand({ ConnectionId: client.connectionId }))
  assert.match(answer.Identity.SourceIp, /^(127\.0\.0\.1|::1)$/)
  assert.equal(answer.Identity.UserAgent, 'tester/1')
  assert.ok(answer.ConnectedAt >= before && answer.ConnectedAt <= answer.LastActiveAt)

  const { headers, text } = await raw('GET', `/production/@connections/${encodeURIComponent(client.connectionId)}`)
  assert.equal(headers['content-type'], 'application/json')
  assert.match(
    text,
    /^\{\n {2}"identity": \{\n {4}"sourceIp": "[^"]+",\n {4}"userAgent": "tester\/1"\n {2}\},\n {2}"connectedAt": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",\n {2}"lastActiveAt": "[^"]+Z"\n\}$/,
  )
  await client.close()
})

test('DELETE closes the connection with 1000 and $disconnect is invoked', async () => {
  const client = await identify(gateway.ws)
  const { $metadata } = await sdk.send(new DeleteConnectionCommand({ ConnectionId: client.connectionId }))
  assert.equal($metadata.httpStatusCode, 204)
  assert.deepEqual(await client.closed, { code: 1000, reason: 'Connection Closed Normally' })
  await gateway.log.line(new RegExp(`disconnected ${client.connectionId} 1000 Connection Closed Normally`))
})

test('what was posted before a DELETE still arrives', async () => {
  const client = await identify(gateway.ws)
  await post(client.connectionId, 'last words')
  await sdk.send(new DeleteConnectionCommand({ ConnectionId: client.connectionId }))
  assert.equal(await client.next(), 'last words')
  assert.equal((await client.closed).code, 1000)
})

test('a connection that has closed is gone for every command', async () => {
  const client = await identify(gateway.ws)
  await client.close()
  await gateway.log.line(new RegExp(`disconnected ${client.connectionId}`))
  for (const Command of [PostToConnectionCommand, GetConnectionCommand, DeleteConnectionCommand]) {
    await assert.rejects(sdk.send(new Command({ ConnectionId: client.connectionId, Data: 'x' })), (error) => {
      assert.equal(error.name, 'GoneException')
      assert.equal(error.$metadata.httpStatusCode, 410)
      return true
    })
  }
})

test('statuses, headers and bodies are those of the service', async () => {
  const client = await identify(gateway.ws)
  const path = `/production/@connections/${encodeURIComponent(client.connectionId)}`
  const missing = '{"message":"Missing Authentication Token"}'
  const never = '/production/@connections/AAAAAAAAAAAAAAA%3D'
  const rows = [
    ['POST', path, 200, undefined, ''],
    ['POST', never, 410, 'GoneException', ''],
    ['GET', never, 410, 'GoneException', ''],
    ['DELETE', never, 410, 'GoneException', ''],
    ['POST', '/production/@connections/abc', 400, 'BadRequestException', '{"message":"Invalid connectionId: abc"}'],
    ['GET', '/production/@connections/a%22%2F', 400, 'BadRequestException', '{"message":"Invalid connectionId: a\\"/"}'],
    ['POST', '/production/@connections/abc%253D', 400, 'BadRequestException', '{"message":"Invalid connectionId: abc%3D"}'],
    // Another stage, or none.
    ['GET', '/other/@connections/AAAAAAAAAAAAAAA%3D', 403, 'ForbiddenException', '{"message":"Forbidden"}'],
    ['POST', '/@connections/AAAAAAAAAAAAAAA%3D', 403, 'ForbiddenException', '{"message":"Forbidden"}'],
    ['GET', '/', 403, 'ForbiddenException', '{"message":"Forbidden"}'],
    // What is not there wants a signature first.
    ['PUT', path, 403, 'MissingAuthenticationTokenException', missing],
    ['OPTIONS', path, 403, 'MissingAuthenticationTokenException', missing],
    ['HEAD', path, 403, 'MissingAuthenticationTokenException', ''],
    ['POST', '/production/@connections', 403, 'MissingAuthenticationTokenException', missing],
    ['POST', '/production/@connections/', 403, 'MissingAuthenticationTokenException', missing],
    ['POST', `/production/@connections${path.slice(11)}`, 403, 'MissingAuthenticationTokenException', missing],
    ['GET', '/production/', 403, 'MissingAuthenticationTokenException', missing],
    ['GET', '/production', 403, 'MissingAuthenticationTokenException', missing],
    // Encoded or not, a name is a name.
    ['POST', path.replace('@', '%40').replace('%3D', '='), 200, undefined, ''],
    ['DELETE', path, 204, undefined, ''],
  ]
  for (const [index, [method, target, status, kind, text]] of rows.entries()) {
    const tls = index % 2 === 0
    const answer = await raw(method, target, { body: method === 'POST' ? 'x' : undefined, tls })
    const row = `${method} ${target} ${tls ? 'over TLS' : ''}`
    assert.equal(answer.status, status, row)
    assert.equal(answer.headers['x-amzn-errortype'], kind, row)
    assert.equal(answer.text, text, row)
    assert.equal(answer.headers['content-type'], 'application/json', row)
    assert.match(answer.headers['x-amzn-requestid'], /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, row)
    assert.match(answer.headers['x-amz-apigw-id'], /^[\w-]{15}=$/, row)
    assert.deepEqual(Object.keys(answer.headers).filter((name) => name.startsWith('access-control')), [], row)
    // A 204 has none (RFC 9110, section 8.6).
    const length = method === 'HEAD' ? missing.length : text.length
    assert.equal(answer.headers['content-length'], status === 204 ? undefined : String(length), row)
  }
  assert.equal((await client.closed).code, 1000)
})

test('a signed request to what is not there is told so', async () => {
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/execute-api/aws4_request' }
  for (const [method, path, route] of [
    ['PUT', '/production/@connections/AAAAAAAAAAAAAAA%3D', '@connections/AAAAAAAAAAAAAAA='],
    ['GET', '/production/@connections/', '@connections/'],
    ['GET', '/production', '/'],
  ]) {
    const { status, headers: answered, text } = await raw(method, path, { headers })
    assert.equal(status, 404, path)
    assert.equal(answered['x-amzn-errortype'], 'NotFoundException', path)
    assert.equal(text, `{"message":"No method found matching route ${route} for http method ${method}."}`)
  }
})

test('requests beyond the rate are answered 429 LimitExceededException', async (t) => {
  const slow = await startGateway(t, ['--handler', connectionIdHandler, '--request-rate', '1:3'])
  const path = '/production/@connections/AAAAAAAAAAAAAAA%3D'
  const answers = []
  while (answers.length < 20 && answers.at(-1)?.status !== 429) answers.push(await raw('POST', path, { port: slow.port }))
  const { status, headers, text } = answers.at(-1)
  assert.ok(answers.length > 3, String(answers.length))
  assert.equal(status, 429)
  assert.equal(headers['x-amzn-errortype'], 'LimitExceededException')
  assert.equal(text, '{"message":"Too Many Requests"}')
})

test('a client that does not read gets its sender 429 LimitExceededException and loses nothing accepted', async () => {
  const client = await identify(gateway.ws)
  client.socket.pause()
  const text = 'x'.repeat(128 * 1024)
  let accepted = 0
  const failure = await (async () => {
    for (; accepted < 2000; accepted += 1) {
      try {
        await post(client.connectionId, text)
      } catch (error) {
        return error
      }
    }
  })()
  assert.equal(failure?.name, 'LimitExceededException')
  assert.equal(failure.$metadata.httpStatusCode, 429)
  client.socket.resume()
  for (let index = 0; index < accepted; index += 1) assert.equal((await client.next()).length, text.length)
  await client.close()
})

test('a post from within the connection’s own $connect is answered 410', async (t) => {
  const early = await startGateway(t, ['--handler', fixture('post-in-connect.mjs')])
  const client = await open(early.ws)
  assert.match(await early.log.line(/OUTCOME/), /OUTCOME GoneException 410$/)
  await client.close()
})
