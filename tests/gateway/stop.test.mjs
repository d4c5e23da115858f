import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { doesNotWait, fixture, startGateway } from './gateway.mjs'

/** The processes that the gateway has started. */
function children(gateway) {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number))
  return pairs.filter(([, parent]) => parent === gateway.process.pid).map(([pid]) => pid)
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Resolves when all of these processes are gone. */
async function ended(pids) {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 5))
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  test(`${signal} closes clients with 1001, invokes $disconnect for each, ends the processes and exits with 0`, async (t) => {
    const gateway = await startGateway(t, ['--handler', fixture('events.mjs')])
    const clients = await Promise.all([open(gateway.ws), open(gateway.ws), open(gateway.ws)])
    const pids = children(gateway)
    assert.ok(pids.length > 0)
    const { code } = await gateway.stop(signal)
    assert.equal(code, 0)
    for (const client of clients) assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' })
    await gateway.log.lines(/EVENT .*"DISCONNECT".*"Going away"/, 3)
    assert.deepEqual(pids.filter(isAlive), [])
    assert.equal(existsSync(dirname(gateway.ca)), false)
  })
}

test('a stop does not wait for a handler that hangs', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('messages.mjs')])
  const client = await open(gateway.ws)
  client.send({ do: 'hang' })
  await gateway.log.lines(/^START /, 2)
  const { code } = await gateway.stop('SIGINT')
  assert.equal(code, 0)
  assert.equal((await client.closed).code, 1001)
})

test('a signal at the very moment of being ready is not lost', async (t) => {
  for (let round = 0; round < 5; round += 1) {
    const gateway = await startGateway(t, ['--handler', fixture('events.mjs')])
    assert.equal((await gateway.stop('SIGINT')).code, 0)
  }
})

test('a stop does not wait for clients that have asked for nothing', (t) =>
  doesNotWait(async () => {
    const gateway = await startGateway(t, ['--handler', fixture('events.mjs')])
    for (const bytes of [[], [0x16], [0x16, 3, 1, 2, 0, 1], [...Buffer.from('GET /produc')]]) {
      const socket = connect(gateway.port, '127.0.0.1').on('error', () => {})
      t.after(() => socket.destroy())
      await once(socket, 'connect')
      socket.write(Buffer.from(bytes))
    }
    await (await open(gateway.ws)).close() // By now all of them have been accepted.
    await gateway.log.line(/EVENT .*"DISCONNECT"/)
    const started = Date.now()
    assert.equal((await gateway.stop('SIGINT')).code, 0)
    return Date.now() - started
  }))

test('a second Ctrl-C ends the wait for a $disconnect that hangs', (t) =>
  doesNotWait(async () => {
    const gateway = await startGateway(t, ['--handler', fixture('odd.mjs'), '--env', 'HANG_ON_DISCONNECT=1'])
    const client = await open(gateway.ws)
    const pids = children(gateway)
    const started = Date.now()
    gateway.process.kill('SIGINT')
    assert.equal((await client.closed).code, 1001)
    await gateway.log.lines(/^START /, 2)
    const { code } = await gateway.stop('SIGINT')
    const elapsed = Date.now() - started
    assert.equal(code, 0)
    await ended(pids)
    assert.equal(existsSync(dirname(gateway.ca)), false)
    return elapsed
  }))

test('while the gateway stops it takes no new connections', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('odd.mjs'), '--env', 'HANG_ON_DISCONNECT=1'])
  const client = await open(gateway.ws)
  gateway.process.kill('SIGINT')
  assert.equal((await client.closed).code, 1001)
  await assert.rejects(open(gateway.ws), { code: 'ECONNREFUSED' })
  assert.equal((await gateway.stop('SIGINT')).code, 0)
})

test('a gateway that is killed leaves no process behind, not even one in an endless loop, and no files', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('messages.mjs')])
  const client = await open(gateway.ws)
  client.send({ do: 'hang' })
  client.send({ do: 'loop' })
  await gateway.log.line(/LOOPING/)
  const pids = children(gateway)
  assert.ok(pids.length > 1)
  await gateway.stop('SIGKILL')
  await ended(pids)
  assert.equal(existsSync(dirname(gateway.ca)), false)
  assert.equal((await client.closed).code, 1006)
})
