import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const gateway = await startGateway(test, ['--handler', fixture('events.mjs')])

/** The `$disconnect` of the connection whose `$connect` carried `?who=…`. */
async function disconnectEvent(who) {
  const parse = (line) => JSON.parse(line.slice(line.indexOf('EVENT ') + 6))
  const { connectionId } = parse(await gateway.log.line(new RegExp(`EVENT .*"who":"${who}"`))).requestContext
  return parse(await gateway.log.line(new RegExp(`EVENT .*"DISCONNECT".*${connectionId}`))).requestContext
}

test('a binary message closes the connection with 1003', async () => {
  const client = await open(`${gateway.ws}?who=binary`)
  client.socket.send(Buffer.from([1, 2, 3]))
  assert.equal((await client.closed).code, 1003)
  assert.equal((await disconnectEvent('binary')).disconnectStatusCode, 1003)
})

test('a frame of 32768 bytes passes, one byte more closes with 1009 and the reason of the service', async () => {
  const client = await open(`${gateway.ws}?who=frame`)
  client.send('x'.repeat(32_768))
  await gateway.log.line(/"body":"x{32768}"/)
  client.send('x'.repeat(32_769))
  assert.deepEqual(await client.closed, { code: 1009, reason: 'Max frame length of 32768 has been exceeded' })
  const event = await disconnectEvent('frame')
  assert.equal(event.disconnectStatusCode, 1009)
  assert.equal(event.disconnectReason, 'Max frame length of 32768 has been exceeded')
})

test('a far larger frame still yields the close frame, not a reset', async () => {
  const client = await open(gateway.ws)
  client.send('x'.repeat(4 * 1024 * 1024))
  assert.equal((await client.closed).code, 1009)
})

test('over wss a frame that is too large yields the same close', async () => {
  const client = await open(gateway.wss, { ca: readFileSync(gateway.ca) })
  client.send('x'.repeat(1024 * 1024))
  assert.deepEqual(await client.closed, { code: 1009, reason: 'Max frame length of 32768 has been exceeded' })
})

test('a message of four frames passes, one of more than 128 KB in small frames closes with 1009', async () => {
  const client = await open(gateway.ws)
  const frame = 'y'.repeat(32 * 1024)
  const send = (text, fin) => client.socket.send(text, { fin })
  for (const index of [1, 2, 3, 4]) send(frame, index === 4)
  await gateway.log.line(/"body":"y{131072}"/)
  for (const index of [1, 2, 3, 4, 5]) send(frame, index === 5)
  assert.equal((await client.closed).code, 1009)
})

test('a close without a status is reported as 1005', async () => {
  const client = await open(`${gateway.ws}?who=nostatus`)
  await client.close()
  const event = await disconnectEvent('nostatus')
  assert.equal(event.disconnectStatusCode, 1005)
  assert.equal(event.disconnectReason, 'Client-side close frame status not set')
})

test('a close with a status and a reason is reported with both', async () => {
  const client = await open(`${gateway.ws}?who=status`)
  assert.deepEqual(await client.close(4321, 'enough'), { code: 4321, reason: 'enough' })
  const event = await disconnectEvent('status')
  assert.equal(event.disconnectStatusCode, 4321)
  assert.equal(event.disconnectReason, 'enough')
})

test('a connection that is cut is reported as 1006', async () => {
  const client = await open(`${gateway.ws}?who=cut`)
  client.socket.terminate()
  assert.equal((await disconnectEvent('cut')).disconnectStatusCode, 1006)
})

test('a control ping is answered and never reaches the backend', async () => {
  const client = await open(`${gateway.ws}?who=ping`)
  client.socket.ping('beat')
  const [data] = await once(client.socket, 'pong')
  assert.equal(String(data), 'beat')
  await client.close()
  const { connectionId } = await disconnectEvent('ping')
  assert.doesNotMatch(gateway.log.text(), new RegExp(`"MESSAGE".*${connectionId}`))
})

test('text that is no UTF-8 and frames that break the protocol close this connection only', async () => {
  const witness = await open(`${gateway.ws}?who=witness`)
  for (const [frame, code] of [
    [[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28], 1007], // text, not UTF-8
    [[0x81, 0x01, 0x61], 1002], // not masked
    [[0xf1, 0x81, 0, 0, 0, 0, 0x61], 1002], // reserved bits
    [[0x09, 0x80, 0, 0, 0, 0], 1002], // a ping in fragments
    [[0x80, 0x80, 0, 0, 0, 0], 1002], // a continuation of nothing
    [[0x81, 0xff, ...Array(8).fill(0xff), 0, 0, 0, 0], 1009], // a length beyond all limits
  ]) {
    const client = await open(gateway.ws)
    client.socket._socket.write(Buffer.from(frame))
    assert.equal((await client.closed).code, code, String(frame))
  }
  witness.send('still here')
  await gateway.log.line(/"body":"still here"/)
  await witness.close()
})

test('a client that never answers the close frame is dropped', async (t) => {
  const silent = connect(gateway.port, '127.0.0.1')
  t.after(() => silent.destroy())
  const head = ['GET /production/ HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', '']
  silent.write(Buffer.concat([Buffer.from(head.join('\r\n')), Buffer.from([0x82, 0x80, 0, 0, 0, 0])]))
  let last = Buffer.alloc(0)
  silent.on('data', (data) => (last = data))
  await once(silent, 'end')
  assert.deepEqual([...last.subarray(-4)], [0x88, 0x02, 0x03, 0xeb]) // close, 1003
})

test('a client that sends half a request and waits holds nobody up', async (t) => {
  const slow = connect(gateway.port, '127.0.0.1')
  t.after(() => slow.destroy())
  await once(slow, 'connect')
  slow.write('GET /production/ HTTP/1.1\r\nUpgrade: webso')
  const client = await open(gateway.ws)
  await client.close()
})

test('without data a connection is closed after the idle timeout with 1001 Going away', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--idle-timeout', '0.4'])
  const started = Date.now()
  const client = await open(gateway.ws)
  assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' })
  assert.ok(Date.now() - started >= 300, `closed after ${Date.now() - started} ms`)
  assert.match(await gateway.log.line(/EVENT .*"DISCONNECT"/), /"disconnectStatusCode":1001.*"disconnectReason":"Going away"/)
})

test('data puts the idle timeout off, control pings do not', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--idle-timeout', '3'])
  const [talking, pinging] = await Promise.all([open(gateway.ws), open(gateway.ws)])
  const timer = setInterval(() => {
    talking.send('data')
    if (pinging.socket.readyState === 1) pinging.socket.ping()
  }, 100)
  t.after(() => clearInterval(timer))
  assert.equal((await pinging.closed).code, 1001)
  assert.equal(talking.socket.readyState, 1)
  await talking.close()
})

test('a connection ends after the longest duration even when it is busy', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--max-connection-duration', '0.5'])
  const client = await open(gateway.ws)
  const timer = setInterval(() => client.send('data'), 50)
  t.after(() => clearInterval(timer))
  assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' })
})

test('every $connect is matched by one $disconnect, however clients leave', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs')])
  const head = ['GET /production/ HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', '', ''].join('\r\n')
  const ways = [
    async () => (await open(gateway.ws)).close(1000),
    async () => (await open(gateway.ws)).socket.terminate(),
    async () => (await open(gateway.ws)).socket.send(Buffer.from([0])),
    async () => (await open(gateway.ws)).send('x'.repeat(40_000)),
    // Gone while $connect is still being decided.
    async () => {
      const socket = connect(gateway.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(head, () => socket.destroy())
    },
  ]
  const rounds = 20
  await Promise.all(Array.from({ length: rounds }, () => ways.map((leave) => leave())).flat())
  const total = rounds * ways.length
  const ids = async (kind) => {
    const lines = await gateway.log.lines(new RegExp(`EVENT .*"eventType":"${kind}"`), total)
    return lines.map((line) => /"connectionId":"([^"]+)"/.exec(line)[1]).sort()
  }
  const connected = await ids('CONNECT')
  assert.equal(new Set(connected).size, total)
  assert.deepEqual(await ids('DISCONNECT'), connected)
})
