import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const gateway = await startGateway(test, ['--handler', fixture('connect.mjs')])
const refusal = (url, options) => open(url, options).then(() => assert.fail('the upgrade was accepted'), (error) => error)

test('any 2xx of $connect opens the connection', async () => {
  for (const status of [200, 204, 299]) {
    const client = await open(`${gateway.ws}?status=${status}`)
    await client.close()
  }
})

test('any other status of $connect is the status of the refused upgrade', async () => {
  for (const status of [302, 400, 401, 403, 429, 500, 599]) {
    assert.equal((await refusal(`${gateway.ws}?status=${status}`)).status, status)
  }
})

test('a $connect that throws is answered 502 with the gateway’s error', async () => {
  const { status, body } = await refusal(`${gateway.ws}?throw=no`)
  assert.equal(status, 502)
  assert.match(body, /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/)
})

test('a $connect that answers without a status is answered 502, and the log says what to return', async () => {
  for (const answer of ['null', '{}', '"text"', '{"statusCode":"x"}', '{"statusCode":101}']) {
    assert.equal((await refusal(`${gateway.ws}?answer=${encodeURIComponent(answer)}`)).status, 502, answer)
  }
  await gateway.log.line(/\$connect: the handler answered null, .*return \{ statusCode: 200 \}/)
})

test('a subprotocol is echoed when the Lambda chooses it', async () => {
  const client = await open(`${gateway.ws}?protocol=chat.v2`, { protocols: ['chat.v1', 'chat.v2'] })
  assert.equal(client.socket.protocol, 'chat.v2')
  await client.close()
})

test('a subprotocol that the Lambda does not return is not echoed, and clients refuse that', async () => {
  assert.match((await refusal(gateway.ws, { protocols: ['chat.v1'] })).message, /no subprotocol/)
})

test('another stage or a path below the stage is 403 Forbidden', async () => {
  for (const path of ['/', '/dev', '/dev/', '/production/more', '/productions', '//production', '/Production/']) {
    const { status, body } = await refusal(`ws://localhost:${gateway.port}${path}`)
    assert.equal(status, 403, path)
    assert.equal(body, '{"message":"Forbidden"}', path)
  }
  await gateway.log.line(/^refused \S+ 403 \/dev\/: the stage is at \/production\/$/)
})

test('another stage name can be served', async (t) => {
  const other = await startGateway(t, ['--handler', fixture('connect.mjs'), '--stage', 'dev_2'])
  assert.match(other.ws, /\/dev_2\/$/)
  await (await open(other.ws)).close()
  assert.equal((await refusal(other.ws.replace('dev_2', 'production'))).status, 403)
})

test('without a $connect route every client connects', async (t) => {
  const other = await startGateway(t, ['--handler', fixture('connect.mjs'), '--route', '$default'])
  await (await open(`${other.ws}?status=403`)).close()
})

test('a handshake that RFC 6455 forbids is refused', async () => {
  const lines = (...more) => ['GET /production/ HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', ...more, '', ''].join('\r\n')
  for (const [request, status] of [
    [lines('Sec-WebSocket-Version: 12', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='), 426],
    [lines('Sec-WebSocket-Version: 13'), 400],
    [lines('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: short'), 400],
    [lines('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Content-Length: 5'), 400],
    [lines('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Transfer-Encoding: chunked'), 400],
    [lines('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==').replace('/production/', `/production/?q=${'x'.repeat(4096)}`), 414],
    ['GET /production/ HTTP/1.1\r\n: nameless\r\n\r\n', 400],
    [`GET /production/ HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
    [`GET /production/ HTTP/1.1\r\n${'A: b\r\n'.repeat(200)}\r\n`, 400],
  ]) {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(request)
    const [data] = await once(socket, 'data')
    assert.match(String(data), new RegExp(`^HTTP/1.1 ${status} `))
    socket.destroy()
  }
})

test('a message sent together with the handshake is not lost', async (t) => {
  const seeing = await startGateway(t, ['--handler', fixture('events.mjs')])
  const socket = connect(seeing.port, '127.0.0.1')
  t.after(() => socket.destroy())
  const head = ['GET /production/ HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''].join('\r\n')
  socket.write(Buffer.concat([Buffer.from(head), Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])]))
  await seeing.log.line(/"body":"hi"/)
})
