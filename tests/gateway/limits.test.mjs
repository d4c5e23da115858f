import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'
import { frame, openRaw, readFrame } from './raw.mjs'

const start = (t, ...args) => startGateway(t, ['--handler', fixture('events.mjs'), ...args])

test('--speed divides the idle timeout', async (t) => {
  const gateway = await start(t, '--speed', '600') // 10 minutes become 1 s.
  const started = performance.now()
  const client = await open(gateway.ws)
  assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' })
  const lasted = performance.now() - started
  assert.ok(lasted > 900 && lasted < 60_000, `${lasted} ms`)
})

test('--speed divides the lifetime, which ends a busy connection too', async (t) => {
  const gateway = await start(t, '--speed', '3600', '--idle-timeout', '7200') // 2 hours become 2 s.
  const started = performance.now()
  const client = await open(gateway.ws)
  const timer = setInterval(() => client.send('busy'), 100)
  t.after(() => clearInterval(timer))
  assert.equal((await client.closed).code, 1001)
  const lasted = performance.now() - started
  assert.ok(lasted > 1900 && lasted < 60_000, `${lasted} ms`)
})

test('--pings-keep-alive lets control pings put the idle timeout off', async (t) => {
  const gateway = await start(t, '--idle-timeout', '2', '--pings-keep-alive')
  const [pinging, quiet] = await Promise.all([open(gateway.ws), open(gateway.ws)])
  const timer = setInterval(() => pinging.socket.ping(), 100)
  t.after(() => clearInterval(timer))
  assert.equal((await quiet.closed).code, 1001)
  pinging.socket.ping('still there')
  await once(pinging.socket, 'pong')
  await pinging.close()
})

test('--max-frame-bytes and --max-message-bytes move the limits of the client', async (t) => {
  const gateway = await start(t, '--max-frame-bytes', '100', '--max-message-bytes', '150')
  const client = await open(gateway.ws)
  client.send('a'.repeat(100))
  await gateway.log.line(/"body":"a{100}"/)
  client.send('a'.repeat(101))
  assert.deepEqual(await client.closed, { code: 1009, reason: 'Max frame length of 100 has been exceeded' })

  const { socket } = await openRaw(t, gateway)
  socket.write(Buffer.concat([frame({ fin: false }, 'b'.repeat(100)), frame({ opcode: 0 }, 'b'.repeat(50))]))
  await gateway.log.line(/"body":"b{150}"/)
  socket.write(Buffer.concat([frame({ fin: false }, 'b'.repeat(100)), frame({ opcode: 0 }, 'b'.repeat(51))]))
  const { code, reason } = await readFrame(socket)
  assert.deepEqual([code, reason], [1009, ''])
})

test('a frame of 128 KiB, as browsers send it, passes where the limits are set so', async (t) => {
  const gateway = await start(t, '--max-frame-bytes', '131072')
  const client = await open(gateway.ws)
  client.send('c'.repeat(131_072))
  await gateway.log.line(/"body":"c{131072}"/)
  await client.close()
})

test('--max-message-bytes is the limit of the management API too', async (t) => {
  const gateway = await start(t, '--max-message-bytes', '10')
  const client = await open(gateway.ws)
  const line = await gateway.log.line(/"eventType":"CONNECT"/)
  const { connectionId } = JSON.parse(line.slice(line.indexOf('EVENT ') + 6)).requestContext
  const post = (body) => fetch(`http://localhost:${gateway.port}/production/@connections/${encodeURIComponent(connectionId)}`, { method: 'POST', body })
  assert.equal((await post('0123456789')).status, 200)
  assert.equal(await client.next(), '0123456789')
  assert.equal((await post('0123456789x')).status, 413)
  await client.close()
})

test('a client that does not read is closed all the same, and its connection is gone', async (t) => {
  const gateway = await start(t, '--idle-timeout', '3')
  const { socket } = await openRaw(t, gateway, { path: '/production/?who=deaf' })
  socket.pause()
  const line = await gateway.log.line(/"who":"deaf"/)
  const { connectionId } = JSON.parse(line.slice(line.indexOf('EVENT ') + 6)).requestContext
  const url = `http://localhost:${gateway.port}/production/@connections/${encodeURIComponent(connectionId)}`
  let status
  // Until its buffer is full.
  do ({ status } = await fetch(url, { method: 'POST', body: 'x'.repeat(128 * 1024) }))
  while (status === 200)
  assert.equal(status, 429)
  await gateway.log.line(new RegExp(`"DISCONNECT".*${connectionId}`))
  assert.equal((await fetch(url)).status, 410)
})
