// The packed package where there is no page: Node.js, Deno, Bun; and what it says where it can't work.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { closedPort } from '../page/closed-port.mjs'
import { MODULES, setting } from './place.mjs'
import { startTrouble } from './trouble.mjs'

const NODE_22 = join(MODULES, 'node-22-linux-x64/bin/node')
const DENO = join(MODULES, '@deno/linux-x64-glibc/deno')
const BUN = join(MODULES, '@oven/bun-linux-x64/bin/bun')
const ENGINES = {
  'Node.js 22': [NODE_22, []],
  'Node.js 24': [join(MODULES, 'node-24-linux-x64/bin/node'), []],
  Deno: [DENO, ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual']],
  Bun: [BUN, ['run']],
}
/** The Node.js of the tests, as one that has no WebSocket; those before 22 have none anyway. */
const OLD_NODE = [process.execPath, Number(process.versions.node.split('.')[0]) < 22 ? [] : ['--no-experimental-websocket']]

const own = setting()

const run = ([program, flags], file, environment) => own.place.run(program, [...flags, file, own.gateway.ws], environment)

function assertTalked({ code, out, errors }) {
  assert.equal(code, 0, errors || 'it did not end by itself')
  const { id, echo, told, again } = JSON.parse(out)
  for (const one of [id, again]) assert.match(one, /^[\w-]{15}=$/)
  assert.notEqual(id, again)
  assert.equal(echo, 'ü')
  assert.deepEqual(told, ['identifying', 'ready', 'closed'])
  assert.equal(errors, '')
}

/** Connections that fail end no process, take no longer than their engine does, and are told once. */
async function assertFails(t, [program, flags], file) {
  const servers = await startTrouble()
  t.after(servers.stop)
  const addresses = [`ws://127.0.0.1:${await closedPort()}/`, servers.address]
  const { code, out, errors } = await own.place.run(program, [...flags, file, ...addresses])
  assert.equal(code, 0, errors || 'it did not end by itself')
  assert.equal(errors, '')
  const { took, ...seen } = JSON.parse(out)
  assert.deepEqual(seen, FAILURES)
  // An attempt of which nobody tells that it has failed lasts 10 seconds.
  assert.ok(took < 8000, `${took} ms`)
}

/** What trouble.mjs sees, the same in every engine. */
const CLOSED_EARLY = ['closed', 'status closed', 'close 1000']
const LOST = ['status identifying', 'status ready', 'close 1006', 'status waiting', 'status connecting']
const REFUSED = ['error connect-failed', 'status waiting', 'status connecting']
const BACK = ['status identifying', 'status ready', 'status closed', 'close 1000']
const FAILURES = {
  refused: 'connect-failed',
  forbidden: 'connect-failed',
  refusedOnce: ['error connect-failed', 'status closed'],
  hanging: 'connect-timeout',
  closedEarly: [CLOSED_EARLY, CLOSED_EARLY, CLOSED_EARLY, CLOSED_EARLY],
  malformed: { linksBegun: 2, told: [...LOST, ...BACK] },
  away: { linksBegun: 4, told: [...LOST, ...REFUSED, ...REFUSED, ...BACK] },
}

/** Their packages are those of Linux on x64; elsewhere these tests are skipped, and say so. */
const unless = (program) => ({ skip: existsSync(program) ? false : 'not installed on this kind of machine' })

for (const [name, engine] of Object.entries(ENGINES)) {
  for (const program of ['talk.mjs', 'talk.cjs', 'slim.mjs']) {
    test(`in ${name} a session talks, and lets the process end (${program})`, unless(engine[0]), async () => {
      assertTalked(await run(engine, program))
    })
  }
}

for (const [name, engine] of Object.entries(ENGINES)) {
  test(`in ${name} connections that fail are told once and at once`, unless(engine[0]), (t) => assertFails(t, engine, 'trouble.mjs'))

  test(`in ${name} a crash of gatesocket/slim ends its session, and the next has a fresh core`, unless(engine[0]), async () => {
    const { code, out, errors } = await run(engine, 'trap-slim.mjs')
    assert.equal(code, 0, errors || 'it did not end by itself')
    const { crashes, instances, fresh } = JSON.parse(out)
    const crashed = 'GateSocketError crashed'
    const seen = { codes: [crashed, crashed, crashed], told: ['error crashed', 'status closed'], status: 'closed', cause: true }
    assert.deepEqual(crashes, [seen, seen])
    assert.equal(instances, 3)
    assert.match(fresh, /^[\w-]{15}=$/)
    assert.equal(errors, '')
  })
}

test('in Node.js without WebSocket the error says where there is one', async () => {
  const { out } = await run(OLD_NODE, 'fail.mjs')
  const { code, message } = JSON.parse(out)
  assert.equal(code, 'unsupported')
  assert.match(message, /There is no WebSocket here.*Node has one from version 22 on.*globalThis\.WebSocket.*\bws\b/)
})

test('in Node.js without WebSocket that of the package ws does', async () => {
  assertTalked(await run(OLD_NODE, 'talk-with-ws.mjs'))
})

test('with that of the package ws connections that fail are told once and at once, and end no process', (t) =>
  assertFails(t, OLD_NODE, 'trouble-with-ws.mjs'))

test('without WebAssembly the error says so', unless(NODE_22), async () => {
  const { code, message } = JSON.parse((await run([NODE_22, ['--jitless']], 'fail.mjs')).out)
  assert.equal(code, 'unsupported')
  assert.match(message, /^There is no WebAssembly here/)
  assert.doesNotMatch(message, /Hermes/)
})

test('two copies in one place work, and in development say once that they share nothing', unless(NODE_22), async () => {
  for (const [environment, times] of [['', 1], ['production', 0]]) {
    const { code, out, errors } = await run([NODE_22, []], 'twice.mjs', { NODE_ENV: environment })
    assert.equal(code, 0, errors)
    assert.equal(new Set(JSON.parse(out)).size, 4)
    assert.equal(errors.match(/gatesocket is here twice/g)?.length ?? 0, times, errors)
  }
})
