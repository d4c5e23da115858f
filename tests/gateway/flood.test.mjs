// Clients that want too much: memory stays bounded, and others are served meanwhile. Linux tells the memory in /proc.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'
import { frame, openRaw, readFrame, request, textFrame } from './raw.mjs'

const options = { skip: existsSync('/proc/self/status') ? false : 'needs /proc', timeout: 120_000 }
const MB = 1024 * 1024

/** A gateway of its own, because memory that was used once stays with the process. */
async function start(t, ...args) {
  const gateway = await startGateway(t, ['--handler', fixture('echo.mjs'), '--connection-rate', 'off', '--request-rate', 'off', ...args])
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.process.pid}/status`))[1]) * 1024
  const before = memory()
  return {
    ...gateway,
    /** A whole life of another client, while the flood is on. */
    async serves() {
      const client = await open(gateway.ws)
      client.send('are you there?')
      await gateway.log.line(/MESSAGE are you there\?/)
      await client.close()
    },
    /** By how many bytes the process has grown. */
    grewBy() {
      const grown = memory() - before
      t.diagnostic(`grew by ${(grown / MB).toFixed(1)} MB`)
      return grown
    },
  }
}

function raw(t, gateway, onEnd = () => {}) {
  const socket = connect(gateway.port, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  socket.on('close', onEnd)
  return socket
}

/** Writes so many chunks, one after the other, until the gateway has taken none for three seconds; says how many it took. */
async function flood(socket, chunk, count) {
  for (let taken = 0; taken < count; taken++) {
    let timer
    const stuck = new Promise((done) => (timer = setTimeout(done, 3000, true)))
    const isStuck = await Promise.race([stuck, new Promise((done) => socket.write(chunk, () => done(false)))])
    clearTimeout(timer)
    if (isStuck) return taken
  }
  return count
}

test('thousands of clients that never finish their request are dropped, and hold nobody up', options, async (t) => {
  const gateway = await start(t)
  const count = 3000
  let ended = 0
  for (let index = 0; index < count; index++) {
    const socket = raw(t, gateway, () => ended++)
    // Nothing, half a request, or half a TLS greeting.
    const first = [undefined, request().subarray(0, 100), Buffer.from([0x16, 0x03, 0x01])][index % 3]
    if (first) socket.write(first)
    if (index % 100 === 0) await once(socket, 'connect')
  }
  await gateway.serves()
  assert.ok(gateway.grewBy() < 60 * MB)
  while (ended < count) await new Promise((done) => setTimeout(done, 100))
  await gateway.serves()
})

test('a client that sends its request a byte at a time is dropped after ten seconds', options, async (t) => {
  const gateway = await start(t)
  const started = performance.now()
  const ended = new Promise((done) => {
    const socket = raw(t, gateway, done)
    const bytes = request({ lines: [`x: ${'y'.repeat(9000)}`] })
    let index = 0
    const timer = setInterval(() => (index < bytes.length ? socket.write(bytes.subarray(index, ++index)) : undefined), 20)
    socket.on('close', () => clearInterval(timer))
  })
  await gateway.serves()
  await ended
  assert.ok(performance.now() - started > 9000, `dropped after ${performance.now() - started} ms`)
})

test('request heads without end are refused, and cost no memory', options, async (t) => {
  const gateway = await start(t)
  const line = Buffer.from(`X-Bomb: ${'b'.repeat(1000)}\r\n`.repeat(1000))
  const answers = Array.from({ length: 50 }, async () => {
    const socket = raw(t, gateway)
    socket.write('GET /production/ HTTP/1.1\r\nHost: localhost\r\n')
    for (let times = 0; times < 8; times++) socket.write(line)
    const [data] = await once(socket, 'data')
    return String(data).slice(0, 12)
  })
  await gateway.serves()
  for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1\.1 (400|431)$/)
  assert.ok(gateway.grewBy() < 40 * MB)
})

test('a client that pipelines requests without reading the answers is held back', options, async (t) => {
  const gateway = await start(t)
  const socket = raw(t, gateway)
  socket.pause()
  const many = Buffer.from('GET /production/@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1000))
  const flooded = flood(socket, many, 400)
  await gateway.serves()
  assert.ok((await flooded) < 400)
  await gateway.serves()
  assert.ok(gateway.grewBy() < 40 * MB)
})

test('a client that sends without reading the errors that it gets is held back', options, async (t) => {
  const gateway = await start(t, '--route', '$connect', '--route', 'are')
  const { socket } = await openRaw(t, gateway)
  socket.pause()
  const many = Buffer.concat(Array(100).fill(textFrame('x'.repeat(200))))
  const flooded = flood(socket, many, 3000)
  const other = await open(gateway.ws)
  other.send('nowhere')
  assert.match(await other.next(), /Forbidden/)
  await other.close()
  assert.ok((await flooded) < 3000)
  assert.ok(gateway.grewBy() < 40 * MB)
})

test('pings without end cost no memory', options, async (t) => {
  const gateway = await start(t)
  const { socket } = await openRaw(t, gateway)
  socket.pause()
  const many = Buffer.concat(Array(10_000).fill(frame({ opcode: 9 }, Buffer.alloc(125))))
  for (let times = 0; times < 20; times++) socket.write(many)
  await gateway.serves()
  await gateway.serves()
  assert.ok(gateway.grewBy() < 40 * MB)
})

test('messages that are never finished cost no more than a message each', options, async (t) => {
  const gateway = await start(t)
  const count = 300
  const open = Array.from({ length: count }, async () => {
    const { socket } = await openRaw(t, gateway)
    const part = 'z'.repeat(32 * 1024)
    for (const opcode of [1, 0, 0]) socket.write(frame({ fin: false, opcode }, part))
    // Half of a fourth.
    socket.write(frame({ fin: false, opcode: 0 }, part).subarray(0, 20_000))
    socket.write(Buffer.alloc(0))
    return socket
  })
  const sockets = await Promise.all(open)
  await gateway.serves()
  assert.ok(gateway.grewBy() < count * 400 * 1024)
  // One that goes on is refused as it should be.
  sockets[0].write(Buffer.concat([Buffer.alloc(32 * 1024 - 20_000 + 8, 'z'), frame({ opcode: 0 }, 'one too many')]))
  assert.equal((await readFrame(sockets[0])).code, 1009)
})
