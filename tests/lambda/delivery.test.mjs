// Members that are gone, slow or out of reach, and functions that may not post or end in the middle.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { newRoom, startBackend } from './backend.mjs'

const backend = await startBackend()
const { ask, management } = backend

const join = (connection, room) => ask(connection, { action: 'JOIN_ROOM', room })
const send = (connection, room, data, id, options) => ask(connection, { action: 'SEND_MESSAGE', room, data, id }, options)
const limited = { status: 429, type: 'LimitExceededException', message: 'Limit exceeded' }

async function roomOf(count) {
  const room = newRoom()
  const members = Array.from({ length: count }, () => management.connect())
  for (const member of members) await join(member, room)
  return { room, members }
}

test('a member that a post finds gone leaves all of its rooms, and the others are told', async () => {
  const { room, members: [ann, bob, eve] } = await roomOf(3)
  const other = newRoom()
  await join(eve, other)
  await join(bob, other)
  eve.gone = true
  await send(ann, room, 'hello')
  assert.equal(bob.messages(room).length, 1)
  const left = [ann.id, bob.id].map((connectionId) => ({ connectionId }))
  for (const member of [ann, bob]) assert.deepEqual(member.frames.findLast((frame) => frame.room === room), { room, members: left, count: 2 })
  assert.deepEqual(bob.frames.findLast((frame) => frame.room === other), { room: other, members: [{ connectionId: bob.id }], count: 1 })
  assert.ok(!(await backend.stored()).some((row) => row.includes(`"${eve.id}"`)))
})

test('members that are found gone while the others are told are gone too', async () => {
  const { room, members } = await roomOf(6)
  for (const member of members.slice(2)) member.gone = true
  await ask(members[1], { action: 'LEAVE_ROOM', room })
  assert.deepEqual(members[0].frames.at(-1), { room, members: [{ connectionId: members[0].id }], count: 1 })
})

test('a throttled member gets its frame when it can take it; it holds up neither the others nor the answer', async () => {
  const { room, members: [ann, slow, bob] } = await roomOf(3)
  slow.answers.push(limited, limited, limited)
  const invocation = send(ann, room, 'hello')
  // The first round is over for all when the sender is answered.
  await ann.frame((frame) => frame.sent)
  assert.equal(bob.messages(room).length, 1)
  assert.deepEqual(slow.messages(room), [])
  await invocation
  assert.equal(slow.messages(room).length, 1)
  assert.equal(bob.messages(room).length, 1)
  assert.equal((await ask(ann, { action: 'MEMBERS', room })).count, 3)
})

test('a member that takes nothing until the deadline stays a member, and nothing is tried behind that', async (context) => {
  const { room, members: [ann, stuck] } = await roomOf(2)
  stuck.answers.push(...Array(10_000).fill(limited))
  context.mock.method(console, 'warn', () => {})
  const before = stuck.posts
  // The second that is left of it is for what the deadline ends: so it is now.
  await send(ann, room, 'hello', undefined, { remaining: 1_000 })
  assert.equal(stuck.posts, before + 1)
  assert.match(console.warn.mock.calls[0].arguments[0], /^1 of 2 connections did not take a frame in time, as .*: LimitExceededException/)
  stuck.answers.length = 0
  const { messages } = await ask(stuck, { action: 'HISTORY', room, after: 0 })
  assert.deepEqual(messages.map(({ data }) => data), ['hello'])
})

test('a member that takes nothing keeps a function running for 5 seconds, and not for all of its time', async (context) => {
  const { room, members: [ann, stuck] } = await roomOf(2)
  stuck.answers.push(...Array(10_000).fill(limited))
  context.mock.method(console, 'warn', () => {})
  const before = stuck.posts
  const started = performance.now()
  await send(ann, room, 'hello', undefined, { remaining: 600_000 })
  const took = performance.now() - started
  assert.ok(took > 2_000 && took < 60_000, `${took} ms`)
  const tried = stuck.posts - before
  assert.ok(tried > 3 && tried < 40, `${tried} posts`)
})

test('failures of the service and of the network are tried again', async () => {
  const { room, members: [ann, bob] } = await roomOf(2)
  bob.answers.push({ status: 500 }, { status: 503 }, { status: 502, type: 'InternalServerError' })
  await send(ann, room, 'hello')
  assert.equal(bob.messages(room).length, 1)
})

test('a reply that is throttled comes later', async () => {
  const { room, members: [ann] } = await roomOf(1)
  ann.answers.push(limited)
  assert.equal((await ask(ann, { action: 'MEMBERS', room })).count, 1)
})

test('a post that is refused for another reason leaves the others alone', async (context) => {
  context.mock.method(console, 'error', () => {})
  const { room, members: [ann, bob, eve] } = await roomOf(3)
  bob.answers.push({ status: 400, type: 'BadRequestException', message: 'Invalid connectionId' })
  await send(ann, room, 'hello')
  assert.equal(eve.messages(room).length, 1)
  assert.equal(bob.messages(room).length, 0)
  assert.match(console.error.mock.calls[0].arguments[0], /a post to .* failed/)
})

test('a function that may not post fails, with the sentence that names the permission in its log', async (context) => {
  context.mock.method(console, 'error', () => {})
  const ann = management.connect()
  const sentence = 'User: arn:aws:sts::1:assumed-role/r/f is not authorized to perform: execute-api:ManageConnections on resource: arn'
  ann.answers.push({ status: 403, type: 'AccessDeniedException', message: sentence })
  await assert.rejects(backend.raw(ann, '{"action":"GET_CONNECTION_ID"}'), { name: 'AccessDeniedException', message: sentence })
  assert.equal(ann.posts, 1)
})

test('a function that ends between the store and the posts: the same id again reaches everybody, under the same number', async () => {
  const { room, members: [ann, bob] } = await roomOf(2)
  const messages = await import('../../lambda/chat/messages.mjs')
  const draft = { room, id: 'crashed', connectionId: ann.id, data: '"hello"', at: Date.now() }
  await messages.append(draft, await messages.newest(room), Date.now() + 10_000)
  const reply = await send(ann, room, 'hello', 'crashed')
  assert.equal(reply.duplicate, true)
  for (const member of [ann, bob]) assert.deepEqual(member.messages(room).map(({ sequence, id }) => [sequence, id]), [[1, 'crashed']])
})

test('when the database fails the client is told `internal` and nothing of the cause, which is in the log', async (context) => {
  context.mock.method(console, 'error', () => {})
  const { room, members: [ann] } = await roomOf(1)
  // A log that is not as this backend writes it.
  await backend.store('MessagesTable', { room: { S: room }, sequence: { N: '1' }, expires: { N: '99999999999' }, data: { S: 'not JSON' } })
  const { error } = await ask(ann, { action: 'HISTORY', room })
  assert.deepEqual(Object.keys(error), ['code', 'message', 'requestId'])
  assert.equal(error.code, 'internal')
  const [text, cause] = console.error.mock.calls[0].arguments
  assert.ok(text.includes(error.requestId))
  assert.ok(cause instanceof SyntaxError)
})

test('what DynamoDB throttles is `busy`', async (context) => {
  context.mock.method(console, 'error', () => {})
  const { toFrame } = await import('../../lambda/chat/refusal.mjs')
  for (const name of ['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestThrottled']) {
    assert.equal(toFrame(Object.assign(new Error('slow down'), { name }), 'r').error.code, 'busy')
  }
})

test('many posts are on their way at once, and not all', async () => {
  const room = newRoom()
  const { add } = await import('../../lambda/chat/members.mjs')
  const members = Array.from({ length: 100 }, () => management.connect())
  await Promise.all(members.map(({ id }) => add(room, id)))
  const [first, ...rest] = members
  let waiting = 0
  let release
  const held = new Promise((resolve) => (release = resolve))
  for (const member of members) member.answers.push(held)
  const full = new Promise((resolve) => {
    for (const member of members) member.once('post', () => ++waiting === 64 && resolve())
  })
  const invocation = send(first, room, 'hello')
  await full
  assert.equal(waiting, 64)
  release(undefined)
  await invocation
  for (const member of rest) assert.equal(member.messages(room).length, 1)
  assert.equal(management.highest(), 64)
})
