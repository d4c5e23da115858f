// A room of more than 100 members, whose members are in several partitions.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { newRoom, startBackend } from './backend.mjs'

const backend = await startBackend({ env: { MEMBER_SHARDS: '4' } })
const { ask, management } = backend
const members = await import('../../lambda/chat/members.mjs')

async function roomOf(count) {
  const room = newRoom()
  const connections = Array.from({ length: count }, () => management.connect())
  await Promise.all(connections.map(({ id }) => members.add(room, id)))
  return { room, connections }
}

/** Holds the clock for a test: counts are told anew after 5 seconds of it, and not of a machine that may be slow. */
function holdClock(context) {
  const start = Date.now()
  let passed = 0
  context.mock.method(Date, 'now', () => start + passed)
  return { passTo: (ms) => (passed = ms) }
}

const countsOf = (connection, room) =>
  connection.frames.filter((frame) => frame.room === room && frame.count !== undefined).map(({ members: listed, count }) => [listed, count])

test('the members of a room are spread over its partitions, and a message reaches all of them once', async () => {
  const { room, connections } = await roomOf(250)
  for (const shard of members.allShards()) {
    const part = await members.connections(room, [shard])
    assert.ok(part.length > 30, `${part.length} of 250 in partition ${shard}`)
  }
  await ask(connections[0], { action: 'SEND_MESSAGE', room, data: 'hello' })
  for (const connection of connections) assert.equal(connection.messages(room).length, 1)
})

test('up to 100 members are listed; in a larger room the answer lists 100 with the whole count, and the others get the count', async (context) => {
  holdClock(context)
  const { room, connections: [first] } = await roomOf(99)
  const [hundredth, next, last] = [management.connect(), management.connect(), management.connect()]
  const { members: listed, count } = await ask(hundredth, { action: 'JOIN_ROOM', room })
  assert.deepEqual([listed.length, count], [100, 100])
  assert.equal(first.frames.at(-1).members.length, 100)
  const large = await ask(next, { action: 'JOIN_ROOM', room })
  assert.deepEqual([large.members.length, large.count], [100, 101])
  assert.deepEqual(first.frames.at(-1), { room, count: 101 })
  const told = first.frames.length
  // Not again at once: telling everybody about everybody would be all that the backend does.
  const late = await ask(last, { action: 'JOIN_ROOM', room })
  assert.deepEqual([late.members.length, late.count], [100, 101])
  assert.equal(first.frames.length, told)
})

test('of many that join a large room at once one counts and tells; after a while the next does', async (context) => {
  const clock = holdClock(context)
  const { room, connections: [first] } = await roomOf(120)
  await Promise.all(Array.from({ length: 20 }, () => ask(management.connect(), { action: 'JOIN_ROOM', room })))
  assert.equal(countsOf(first, room).length, 1)
  clock.passTo(6_000)
  await ask(management.connect(), { action: 'JOIN_ROOM', room })
  assert.deepEqual(countsOf(first, room).at(-1), [undefined, 141])
  assert.equal(countsOf(first, room).length, 2)
  clock.passTo(12_000)
  const { count } = await ask(first, { action: 'MEMBERS', room })
  assert.equal(count, 141)
  assert.equal(countsOf(first, room).length, 3)
})

test('a room that was counted while it was small stays a large one for those who join', async () => {
  const { room, connections } = await roomOf(101)
  const item = { pk: { S: `count#${room}` }, sk: { S: 'count' }, count: { N: '100' }, at: { N: String(Date.now()) }, expires: { N: '9999999999' } }
  await backend.store('MembersTable', item)
  await ask(management.connect(), { action: 'JOIN_ROOM', room })
  assert.deepEqual(connections.flatMap((connection) => connection.frames), [])
})

test('a room that becomes small is listed again', async () => {
  const { room, connections } = await roomOf(101)
  await ask(connections[0], { action: 'LEAVE_ROOM', room })
  assert.equal(connections[1].frames.at(-1).members.length, 100)
})

test('many members that are gone at once are removed by one message', async () => {
  const { room, connections } = await roomOf(160)
  for (const connection of connections.slice(10)) connection.gone = true
  await ask(connections[0], { action: 'SEND_MESSAGE', room, data: 'anybody?' })
  assert.equal((await members.connections(room)).length, 10)
  assert.equal(connections[9].frames.at(-1).count, 10)
  assert.equal(connections[9].frames.at(-1).members.length, 10)
})

test('the list of 100 members with the longest names fits into a frame', async () => {
  const room = '"'.repeat(128)
  const name = '€'.repeat(64)
  const connections = Array.from({ length: 100 }, () => management.connect())
  await Promise.all(connections.map(({ id }) => members.add(room, id, name)))
  const reply = await ask(connections[0], { action: 'JOIN_ROOM', room })
  assert.equal(reply.members.length, 100)
  assert.ok(Buffer.byteLength(JSON.stringify(reply)) < 32_768)
})

test('the worker posts a record to the members of its partition, and names the records that it could not do', async (context) => {
  const { room, connections } = await roomOf(40)
  const { handler } = await import('../../lambda/chat/fanout.mjs')
  const messages = await import('../../lambda/chat/messages.mjs')
  const draft = { room, id: 'queued', connectionId: connections[0].id, data: '"hello"', at: Date.now() }
  await messages.append(draft, await messages.newest(room), Date.now() + 10_000)
  const frame = { room, sequence: 1, id: 'queued', from: { connectionId: connections[0].id }, data: 'hello', at: draft.at }
  const record = (messageId, what) => ({ messageId, body: JSON.stringify({ endpoint: management.endpoint, room, shard: 1, ...what }) })
  const here = await members.connections(room, [1])
  connections.find(({ id }) => id === here[0]).gone = true

  context.mock.method(console, 'error', () => {})
  const records = [record('a', { sequence: 1 }), { messageId: 'b', body: 'not JSON' }, record('c', { sequence: 99 }), record('d', { count: 7 })]
  const result = await handler({ Records: records }, backend.context(20_000))
  assert.deepEqual(result, { batchItemFailures: [{ itemIdentifier: 'b' }] })
  for (const connection of connections) {
    const inShard = here.includes(connection.id) && connection.id !== here[0]
    const others = connection.frames.filter((one) => one.sequence === undefined && one.count !== 7 && !one.members)
    assert.deepEqual(others, [])
    assert.deepEqual(connection.messages(room), inShard ? [frame] : [])
    assert.equal(connection.frames.filter(({ count, members: listed }) => count === 7 && !listed).length, inShard ? 1 : 0)
  }
  assert.ok(!(await members.connections(room)).includes(here[0]))
})

test('a count that comes behind a newer one is not told: the queue keeps no order', async (context) => {
  const clock = holdClock(context)
  const { room, connections } = await roomOf(120)
  const { handler } = await import('../../lambda/chat/fanout.mjs')
  const { presence } = await import('../../lambda/chat/fan-out.mjs')
  const older = await presence(room)
  clock.passTo(6_000)
  await members.add(room, management.connect().id)
  const newer = await presence(room)
  assert.deepEqual([older.count, older.anew, newer.count, newer.anew], [120, true, 121, true])
  for (const { count, at } of [newer, older]) {
    const body = (shard) => JSON.stringify({ endpoint: management.endpoint, room, shard, count, at })
    const Records = members.allShards().map((shard) => ({ messageId: String(shard), body: body(shard) }))
    assert.deepEqual(await handler({ Records }, backend.context(20_000)), { batchItemFailures: [] })
  }
  for (const connection of connections) assert.deepEqual(countsOf(connection, room), [[undefined, 121]])
})
