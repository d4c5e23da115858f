import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import test from 'node:test'
import { connect as connectTls } from 'node:tls'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'
import { key, openRaw, readFrame, request, textFrame } from './raw.mjs'

const gateway = await startGateway(test, ['--handler', fixture('events.mjs')])

/** The status of the answer to raw bytes on a new connection. */
async function status(...chunks) {
  const socket = connect(gateway.port, '127.0.0.1')
  for (const chunk of chunks) socket.write(chunk)
  const [data] = await once(socket, 'data')
  socket.destroy()
  return Number(/^HTTP\/1\.[01] (\d+) /.exec(String(data))[1])
}

test('an upgrade on a connection that has served a request before is taken, in the client’s header case', async (t) => {
  for (const [name, socket] of [
    ['plain', connect(gateway.port, '127.0.0.1')],
    ['tls', connectTls({ port: gateway.port, host: 'localhost', ca: readFileSync(gateway.ca) })],
  ]) {
    t.after(() => socket.destroy())
    const get = `GET /production/@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: localhost\r\n\r\n`
    socket.write(get)
    const [first] = await once(socket, 'data')
    assert.match(String(first), /^HTTP\/1\.1 410 /)
    const post = `POST /production/@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: localhost\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n`
    socket.write(post)
    const [second] = await once(socket, 'data')
    assert.match(String(second), /^HTTP\/1\.1 410 /)
    // The upgrade and the first message together.
    socket.write(Buffer.concat([request({ path: `/production/?who=${name}`, lines: ['x-LaTe: YeS'] }), textFrame(`from ${name}`)]))
    const [third] = await once(socket, 'data')
    assert.match(String(third), /^HTTP\/1\.1 101 /)
    await gateway.log.line(new RegExp(`EVENT .*"x-LaTe":"YeS".*"who":"${name}"`))
    await gateway.log.line(new RegExp(`"body":"from ${name}"`))
  }
})

test('an upgrade behind another request in one write is taken', async (t) => {
  const socket = connect(gateway.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write(Buffer.concat([
    Buffer.from('POST /production/@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi'),
    request({ path: '/production/?who=pipelined' }),
  ]))
  let seen = ''
  while (!/HTTP\/1\.1 101 /.test(seen)) seen += String((await once(socket, 'data'))[0])
  assert.match(seen, /^HTTP\/1\.1 410 /)
  await gateway.log.line(/EVENT .*"who":"pipelined"/)
})

test('a late upgrade is refused as an early one is', async (t) => {
  const socket = connect(gateway.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  socket.write(request({ path: '/dev/' }))
  const [data] = await once(socket, 'data')
  assert.match(String(data), /^HTTP\/1\.1 403 /)
})

test('handshakes with doubled or missing headers are refused', async () => {
  const key = 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
  const version = 'Sec-WebSocket-Version: 13'
  const head = (...lines) => ['GET /production/ HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', ...lines, '', ''].join('\r\n')
  for (const [text, expected] of [
    [head('Host: a', version, key), 101],
    [head(version, key), 400],
    [head('Host: a', 'Host: b', version, key), 400],
    [head('Host: a', version, version, key), 426],
    [head('Host: a', version, key, key), 400],
    [head('Host: a', version, key, 'Content-Length: 3'), 400],
    [head('Host: a', version, key).replace('HTTP/1.1', 'HTTP/1.0'), 400],
    [head('Host: a', version, key).replace('HTTP/1.1', 'HTTP/2.0'), 400],
    [head('Host: a', version, key).replace('GET', 'POST'), 403],
    [head('Host: a', version, key).replace(/Connection: Upgrade\r\n/, ''), 403],
    [head('Host: a', version, key).replace('/production/', 'http://a/production/'), 101],
    [head('Host: a', version, key).replace('Connection: Upgrade', 'Connection: keep-alive\r\nCONNECTION: foo,UPGRADE'), 101],
    [head('Host: a', version, key, `X: ${'x'.repeat(10_240)}`), 431],
    [head('Host: a', version, key).replace('/production/', `/production/?${'x'.repeat(4_100)}`), 414],
    ['GET /production/ HTTP/1.0\r\n\r\n', 403],
  ]) {
    const response = await status(text)
    assert.equal(response, expected, text.slice(0, 300))
  }
})

test('a head that comes byte by byte is read', async () => {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.setNoDelay(true)
  for (const byte of request({ path: '/production/?who=bytes' })) {
    socket.write(Buffer.from([byte]))
    await new Promise(setImmediate)
  }
  const [data] = await once(socket, 'data')
  assert.match(String(data), /^HTTP\/1\.1 101 /)
  socket.destroy()
})

test('the answer to a head that is far too large arrives although the client sends on', async () => {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.on('error', () => {}) // Its own writes, after the gateway has closed.
  socket.write(`GET /production/ HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(1024 * 1024)}`)
  const [data] = await once(socket, 'data')
  assert.match(String(data), /^HTTP\/1\.1 431 /)
  socket.destroy()
})

test('the origin of a page is passed on and not judged', async () => {
  const client = await open(gateway.ws, { origin: 'https://app.example.com' })
  await gateway.log.line(/EVENT .*"Origin":"https:\/\/app\.example\.com"/)
  await client.close()
})

test('no extension is agreed on, and a frame that uses one closes with 1002', async (t) => {
  const { socket, head } = await openRaw(t, gateway, { lines: ['Sec-WebSocket-Extensions: permessage-deflate'] })
  assert.doesNotMatch(head, /extensions/i)
  assert.match(head, /\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i)
  assert.equal(key, 'dGhlIHNhbXBsZSBub25jZQ==')
  socket.write(Buffer.from([0xc1, 0x80, 0, 0, 0, 0]))
  assert.equal((await readFrame(socket)).code, 1002)
})
