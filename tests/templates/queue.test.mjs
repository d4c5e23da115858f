// FanOut=queue: a large room's messages go through SQS to functions that post them to a part of the members each.
import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectionId, startBackend } from './backend.mjs'
import { transform } from './python.mjs'
import { makeQueue, serve } from './queue.mjs'
import { deploy } from './stack.mjs'

const template = await transform(fileURLToPath(new URL('../../lambda/chat/template.yaml', import.meta.url)))
const { resources } = deploy(template, { FanOut: 'queue' })
const source = resources.FanOutSource.Properties
const { VisibilityTimeout: visibility, RedrivePolicy } = resources.FanOutQueue.Properties
const receives = RedrivePolicy.maxReceiveCount
const { MEMBER_SHARDS } = resources.Function.Properties.Environment.Variables

/** A room with so many members behind a queue, until the test ends. */
async function openRoom(t, members) {
  const queue = await makeQueue({ visibility, receives })
  const backend = await startBackend({ env: { ...queue.env, MEMBER_SHARDS } })
  /** How often the record of each partition was taken from the queue. */
  const taken = {}
  const workers = serve(queue, source, (event) => {
    for (const { body } of event.Records) {
      const { shard } = JSON.parse(body)
      taken[shard] = (taken[shard] ?? 0) + 1
    }
    return backend.invoke('fanout.mjs', event)
  })
  t.after(async () => {
    await workers.stop()
    await backend.stop()
    await queue.stop()
  })
  const ids = Array.from({ length: members }, connectionId)
  await backend.seat('lobby', ids)
  return { queue, backend, ids, taken }
}

/** Waits for a condition; the test's own timeout bounds it. */
async function until(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** The numbers of the messages that a connection got, in the order in which they came. */
const sequences = (backend, id) => backend.connections.received(id).flatMap(({ sequence, data }) => (data ? [sequence] : []))
const ascending = (numbers) => [...numbers].sort((a, b) => a - b)
const first = (count) => Array.from({ length: count }, (_, index) => index + 1)

test('each of 300 members in 16 partitions gets each message once, and its numbers give the order', async (t) => {
  const { backend, queue, ids } = await openRoom(t, 300)
  const COUNT = 10
  for (const id of ids.slice(0, COUNT)) await backend.send(id, { action: 'SEND_MESSAGE', room: 'lobby', data: { text: 'hello' }, ref: 'send' })
  // The sender is told its number by the function that took the message.
  const replies = ids.slice(0, COUNT).map((id) => backend.connections.received(id).find(({ sent }) => sent)?.sequence)
  assert.deepEqual(replies, first(COUNT))
  await until(async () => (await queue.waiting()) === 0)
  for (const id of ids) assert.deepEqual(ascending(sequences(backend, id)), first(COUNT))
  assert.equal(backend.connections.posts, COUNT * (ids.length + 1))
  assert.equal(backend.invocations['index.mjs'], COUNT)
  assert.equal(backend.invocations['fanout.mjs'], (COUNT * Number(MEMBER_SHARDS)) / source.BatchSize)
  assert.deepEqual(await queue.dead(), [])
})

/** Whether somebody reads one of the room's partitions. */
const readsPartition = (shard) => (operation, { ExpressionAttributeValues }) =>
  operation === 'Query' && ExpressionAttributeValues[':pk']?.S === `room#${shard}#lobby`

test('what a function could not do comes again, until it succeeds', async (t) => {
  const { backend, queue, ids, taken } = await openRoom(t, 120)
  const reads = readsPartition(3)
  backend.database.fails = (operation, request) => reads(operation, request) && taken[3] < 3
  await backend.send(ids[0], { action: 'SEND_MESSAGE', room: 'lobby', data: 'hello' })
  await until(async () => (await queue.waiting()) === 0)
  assert.ok(taken[3] >= 3)
  for (const id of ids) assert.deepEqual([...new Set(sequences(backend, id))], [1])
  assert.deepEqual(await queue.dead(), [])
})

test('a partition that always fails is tried as often as the template says and then kept as a dead letter, the others are served', async (t) => {
  const { backend, queue, ids, taken } = await openRoom(t, 120)
  backend.database.fails = readsPartition(3)
  await backend.send(ids[0], { action: 'SEND_MESSAGE', room: 'lobby', data: 'hello' })
  await until(async () => (await queue.dead()).length > 0)
  const [{ room, sequence, shard }, ...others] = await queue.dead()
  assert.deepEqual([room, sequence, shard, others], ['lobby', 1, 3, []])
  assert.equal(taken[3], receives)
  await until(async () => (await queue.waiting()) === 0)
  const missed = ids.filter((id) => sequences(backend, id).length === 0)
  assert.ok(missed.length > 0 && missed.length < ids.length / 4, `${missed.length} missed it`)
  // Their clients find the message in the history.
  const [id] = missed
  await backend.send(id, { action: 'HISTORY', room: 'lobby', after: 0, ref: 'history' })
  const { messages } = backend.connections.received(id).find(({ history }) => history)
  assert.deepEqual(messages.map(({ sequence, data }) => [sequence, data]), [[1, 'hello']])
})
