import assert from 'node:assert/strict'
import { test } from 'node:test'

import { newRoom, startBackend } from './backend.mjs'

const backend = await startBackend()
const { ask, management } = backend

const join = (connection, room) => ask(connection, { action: 'JOIN_ROOM', room })
const send = (connection, room, data, id) => ask(connection, { action: 'SEND_MESSAGE', room, data, id })

test('GET_CONNECTION_ID tells the connectionId, with the ref if there is one', async () => {
  const ann = management.connect()
  await backend.raw(ann, '{"action":"GET_CONNECTION_ID"}')
  assert.deepEqual(ann.frames, [{ connectionId: ann.id }])
  const { ref, ...reply } = await ask(ann, { action: 'GET_CONNECTION_ID' })
  assert.deepEqual(reply, { connectionId: ann.id })
})

test('JOIN tells the newest number and who is there, and the others that somebody came', async () => {
  const [ann, bob] = [management.connect(), management.connect()]
  const room = newRoom()
  const { ref: _, ...first } = await join(ann, room)
  assert.deepEqual(first, { joined: room, sequence: 0, members: [{ connectionId: ann.id }], count: 1 })
  await send(ann, room, 'hello')
  const both = [ann.id, bob.id].map((connectionId) => ({ connectionId }))
  const { ref: __, ...second } = await ask(bob, { action: 'JOIN_ROOM', room, connectionId: bob.id })
  assert.deepEqual(second, { joined: room, sequence: 1, members: both, count: 2 })
  assert.deepEqual(ann.frames.at(-1), { room, members: both, count: 2 })
  assert.equal(bob.frames.length, 1)
})

test('a member that joins again is there once', async () => {
  const ann = management.connect()
  const room = newRoom()
  await join(ann, room)
  assert.equal((await join(ann, room)).count, 1)
})

test('SEND reaches every member, the sender too, with a number, and answers with that', async () => {
  const [ann, bob, eve] = [management.connect(), management.connect(), management.connect()]
  const room = newRoom()
  await join(ann, room)
  await join(bob, room)
  await join(eve, newRoom())
  const before = Date.now()
  const data = { text: 'hello', nested: [null, 1.5, { a: true }], '__proto__': 1 }
  const reply = await send(ann, room, data, 'my-id')
  assert.equal(reply.sent, room)
  assert.equal(reply.sequence, 1)
  assert.equal(reply.id, 'my-id')
  assert.ok(reply.at >= before && reply.at <= Date.now())
  assert.ok(!('duplicate' in reply))
  const frame = { room, sequence: 1, id: 'my-id', from: { connectionId: ann.id }, data, at: reply.at }
  for (const member of [ann, bob]) assert.deepEqual(member.messages(room), [frame])
  assert.deepEqual(eve.messages(room), [])
  const second = await send(bob, room, null)
  assert.equal(second.sequence, 2)
  assert.match(second.id, /^[0-9a-f-]{36}$/)
})

test('an id that was stored before gives the same number, and the message goes out again', async () => {
  const [ann, bob] = [management.connect(), management.connect()]
  const room = newRoom()
  await join(ann, room)
  await join(bob, room)
  const first = await send(ann, room, 'once', 'same')
  await send(ann, room, 'between')
  const { ref: _, ...again } = await send(ann, room, 'other data', 'same')
  assert.deepEqual(again, { sent: room, sequence: 1, id: 'same', at: first.at, duplicate: true })
  assert.deepEqual(bob.messages(room).map(({ sequence, data }) => [sequence, data]), [[1, 'once'], [2, 'between'], [1, 'once']])
  const { messages } = await ask(ann, { action: 'HISTORY', room, after: 0 })
  assert.equal(messages.length, 2)
})

test('the same id in another room is another message', async () => {
  const ann = management.connect()
  const rooms = [newRoom(), newRoom()]
  for (const room of rooms) {
    await join(ann, room)
    assert.ok(!('duplicate' in (await send(ann, room, 1, 'id'))))
  }
})

test('LEAVE tells the others, who get no more for the one that left, which gets no more messages', async () => {
  const [ann, bob] = [management.connect(), management.connect()]
  const room = newRoom()
  await join(ann, room)
  await join(bob, room)
  const { ref: _, ...reply } = await ask(ann, { action: 'LEAVE_ROOM', room, connectionId: ann.id })
  assert.deepEqual(reply, { left: room })
  assert.deepEqual(bob.frames.at(-1), { room, members: [{ connectionId: bob.id }], count: 1 })
  await send(bob, room, 'alone')
  assert.deepEqual(ann.messages(room), [])
  const told = bob.frames.length
  assert.equal((await ask(ann, { action: 'LEAVE_ROOM', room })).left, room)
  assert.equal(bob.frames.length, told)
})

test('MEMBERS tells who is there', async () => {
  const [ann, bob] = [management.connect(), management.connect()]
  const room = newRoom()
  await join(ann, room)
  await join(bob, room)
  const { ref: _, ...reply } = await ask(bob, { action: 'MEMBERS', room })
  assert.deepEqual(reply, { membersOf: room, members: [{ connectionId: ann.id }, { connectionId: bob.id }], count: 2 })
})

test('SEND, HISTORY and MEMBERS are for members', async () => {
  const [ann, eve] = [management.connect(), management.connect()]
  const room = newRoom()
  await join(ann, room)
  const before = await backend.stored()
  for (const request of [{ action: 'SEND_MESSAGE', data: 1 }, { action: 'HISTORY' }, { action: 'MEMBERS' }]) {
    const { error } = await ask(eve, { ...request, room })
    assert.deepEqual(error, { code: 'not-a-member', message: 'Join the room first', notIn: room })
  }
  assert.deepEqual(await backend.stored(), before)
  assert.deepEqual(ann.messages(room), [])
})

test('a member is called as the authorizer says, else as the query says', async () => {
  const room = newRoom()
  const named = async (query, authorizer) => {
    const connection = management.connect()
    assert.deepEqual(await backend.connect(connection, query, { authorizer }), { statusCode: 200 })
    await ask(connection, { action: 'JOIN_ROOM', room }, { authorizer })
    await send(connection, room, 1)
    const { from } = connection.messages(room).at(-1)
    assert.equal(from.connectionId, connection.id)
    assert.equal((await ask(connection, { action: 'MEMBERS', room })).members.find((one) => one.connectionId === connection.id).name, from.name)
    return from.name
  }
  assert.equal(await named({ name: 'ann' }), 'ann')
  assert.equal(await named({ name: 'ann' }, { name: 'Ann B.', principalId: 'user-1' }), 'Ann B.')
  assert.equal(await named({ name: 'ann' }, { principalId: 'user-1' }), 'user-1')
  // Not the client's either, where the authorizer's is empty.
  assert.equal(await named({ name: 'Admin' }, { name: '', principalId: 'user-1' }), 'user-1')
  assert.equal(await named({ name: 'Admin' }, { name: '\n', principalId: 'user-1' }), 'user-1')
  for (const nobody of [{}, { name: '' }, { name: null, principalId: '' }]) assert.equal(await named({ name: 'Admin' }, nobody), undefined)
  assert.equal(await named(undefined), undefined)
  assert.equal(await named({}), undefined)
  assert.equal(await named({ name: 'x'.repeat(64) }), 'x'.repeat(64))
  for (const name of ['', 'x'.repeat(65), 'a\nb', '\ud800']) assert.equal(await named({ name }), undefined)
  assert.equal(await named({ name: 'ann' }, { name: `a\u0000${'y'.repeat(99)}` }), `a${'y'.repeat(63)}`)
})

test('$disconnect takes a connection out of all of its rooms and tells those', async () => {
  const [ann, bob] = [management.connect(), management.connect()]
  const rooms = [newRoom(), newRoom(), newRoom()]
  await backend.connect(ann, { name: 'ann' })
  for (const room of rooms) await join(ann, room)
  for (const room of rooms.slice(0, 2)) await join(bob, room)
  const empty = (await backend.stored()).filter((row) => !row.includes(ann.id))
  ann.gone = true
  bob.frames.length = 0
  assert.deepEqual(await backend.disconnect(ann), { statusCode: 200 })
  const told = bob.frames.map(({ room, members, count }) => [room, members, count]).sort()
  assert.deepEqual(told, rooms.slice(0, 2).sort().map((room) => [room, [{ connectionId: bob.id }], 1]))
  assert.deepEqual(await backend.stored(), empty)
})

test('rooms whose names look like keys of others are rooms of their own', async () => {
  const names = ['a', '0#a', '#a', 'room#0#a', 'count', 'a#', 'connection#a', '__proto__', 'constructor', '😀']
  const ann = management.connect()
  for (const room of names) assert.deepEqual((await join(ann, room)).members, [{ connectionId: ann.id }])
  for (const room of names) {
    const reply = await send(ann, room, room)
    assert.equal(reply.sequence, 1)
  }
  const bob = management.connect('name')
  assert.equal((await join(bob, 'a')).count, 2)
  assert.equal((await join(bob, '0#a')).count, 2)
})

test('a reply to a client that has gone is no error, and a join that came too late leaves nobody behind', async () => {
  const [ann, late] = [management.connect(), management.connect()]
  const room = newRoom()
  await join(ann, room)
  late.gone = true
  await backend.disconnect(late)
  const before = await backend.stored()
  assert.deepEqual(await backend.raw(late, JSON.stringify({ action: 'JOIN_ROOM', room, ref: '1' })), { statusCode: 200 })
  assert.deepEqual(await backend.stored(), before)
  assert.deepEqual(ann.frames.at(-1).members, [{ connectionId: ann.id }])
  assert.deepEqual(await backend.raw(late, 'nonsense'), { statusCode: 200 })
})
