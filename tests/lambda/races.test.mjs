// Many invocations at once: a room's numbers have no gap, an id is stored once, and nobody misses a message.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'

import { newRoom, randomNumbers, startBackend } from './backend.mjs'

const backend = await startBackend()
const { ask, management } = backend

const join = (connection, room) => ask(connection, { action: 'JOIN_ROOM', room })

/** Sends until it is stored: where many send at once on a slow machine the backend may be `busy`, and a client tries again. */
async function send(connection, room, data, id) {
  for (;;) {
    const reply = await ask(connection, { action: 'SEND_MESSAGE', room, data, id }, { remaining: 600_000 })
    if (!reply.error) return reply
    assert.equal(reply.error.code, 'busy')
  }
}

const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1)

async function log(room, connection) {
  const messages = []
  for (;;) {
    const page = await ask(connection, { action: 'HISTORY', room, after: messages.length, limit: 100 })
    messages.push(...page.messages)
    if (!page.more) return messages
  }
}

test('50 sends of 20 ids at once: 20 messages without a gap, each answered with the number of its id', async () => {
  const members = Array.from({ length: 5 }, () => management.connect())
  const room = newRoom()
  for (const member of members) await join(member, room)
  const replies = await Promise.all(upTo(50).map((n) => send(members[n % 5], room, n % 20, `id-${n % 20}`)))
  const messages = await log(room, members[0])
  assert.deepEqual(messages.map(({ sequence }) => sequence), upTo(20))
  assert.equal(new Set(messages.map(({ id }) => id)).size, 20)
  const numbers = new Map(messages.map(({ id, sequence }) => [id, sequence]))
  for (const { id, sequence } of replies) assert.equal(sequence, numbers.get(id))
  assert.equal(replies.filter(({ duplicate }) => !duplicate).length, 20)
  for (const member of members) {
    const got = new Set(member.messages(room).map(({ sequence }) => sequence))
    assert.deepEqual([...got].sort((a, b) => a - b), upTo(20))
  }
})

test('the same id at once from two invocations is stored once, again and again', async () => {
  const [ann, bob] = [management.connect(), management.connect()]
  const room = newRoom()
  await join(ann, room)
  await join(bob, room)
  for (const n of upTo(20)) {
    const replies = await Promise.all([send(ann, room, n, `id-${n}`), send(bob, room, n, `id-${n}`)])
    assert.deepEqual(replies.map(({ sequence }) => sequence), [n, n])
    assert.equal(replies.filter(({ duplicate }) => duplicate).length, 1)
  }
})

test('120 messages of one room at once pass a block of reserved numbers without a gap', async () => {
  const ann = management.connect()
  const room = newRoom()
  await join(ann, room)
  await Promise.all(upTo(12).map(async () => {
    for (const n of upTo(10)) await send(ann, room, n)
  }))
  assert.deepEqual((await log(room, ann)).map(({ sequence }) => sequence), upTo(120))
})

test('a room that is too busy until the deadline answers so, and stores nothing', async () => {
  const ann = management.connect()
  const room = newRoom()
  await join(ann, room)
  const messages = await import('../../lambda/chat/messages.mjs')
  await send(ann, room, 'first')
  const before = await backend.stored()
  // Somebody was quicker, and the time is up.
  const draft = { room, id: 'late', connectionId: ann.id, data: '1', at: Date.now() }
  await assert.rejects(messages.append(draft, { sequence: 0, expires: 0 }, Date.now() - 1), { code: 'busy' })
  assert.deepEqual((await backend.stored()).length, before.length)
})

test('who joins gets every message behind the number in the answer, however invocations interleave', async () => {
  const random = randomNumbers(Number(process.env.SEED ?? 1))
  const ann = management.connect()
  for (const _ of upTo(15)) {
    const room = newRoom()
    await join(ann, room)
    const joiners = upTo(4).map(() => management.connect())
    const sends = upTo(8).map(async (n) => {
      await wait(random() * 60)
      await send(ann, room, n)
    })
    const joins = joiners.map(async (joiner) => {
      await wait(random() * 60)
      return (await join(joiner, room)).sequence
    })
    const numbers = await Promise.all(joins)
    await Promise.all(sends)
    joiners.forEach((joiner, index) => {
      const got = new Set(joiner.messages(room).map(({ sequence }) => sequence))
      for (const n of upTo(8).filter((n) => n > numbers[index])) assert.ok(got.has(n), `joined at ${numbers[index]}, got ${[...got]}`)
    })
  }
})

test('what members were told last of who is there is true, however joins, leaves and ends interleave', async () => {
  const random = randomNumbers(Number(process.env.SEED ?? 1))
  for (const _ of upTo(10)) {
    const room = newRoom()
    const watcher = management.connect()
    await join(watcher, room)
    const there = new Set([watcher.id])
    await Promise.all(upTo(8).map(async () => {
      const connection = management.connect()
      await wait(random() * 50)
      await join(connection, room)
      if (random() < 0.3) return there.add(connection.id)
      await wait(random() * 50)
      if (random() < 0.5) return ask(connection, { action: 'LEAVE_ROOM', room })
      connection.gone = true
      await backend.disconnect(connection)
    }))
    for (const id of there) {
      const { members, count } = management.connections.get(id).frames.findLast((frame) => frame.members)
      assert.deepEqual(members.map(({ connectionId }) => connectionId).sort(), [...there].sort())
      assert.equal(count, there.size)
    }
  }
})

test('an update that is overtaken by a newer one is told again', async () => {
  const room = newRoom()
  const [watcher, ann, bob] = [management.connect(), management.connect(), management.connect()]
  await join(watcher, room)
  let release
  watcher.answers.push(new Promise((resolve) => (release = resolve)))
  const asked = new Promise((resolve) => watcher.once('post', resolve))
  const slow = join(ann, room)
  await asked
  await join(bob, room)
  release()
  await slow
  const lists = watcher.frames.filter(({ room: name }) => name === room).map(({ members }) => members.length)
  assert.deepEqual(lists, [3, 2, 3])
})
