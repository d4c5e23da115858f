import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

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

test('a gateway that is killed leaves no handler process behind', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('messages.mjs')])
  t.after(() => rm(dirname(gateway.ca), { recursive: true }))
  const client = await open(gateway.ws)
  client.send({ do: 'hang' })
  await gateway.log.lines(/^START /, 2)
  const pids = children(gateway)
  assert.ok(pids.length > 0)
  await gateway.stop('SIGKILL')
  await ended(pids)
  assert.equal((await client.closed).code, 1006)
})
