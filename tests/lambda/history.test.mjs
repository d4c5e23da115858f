// The log of a room: pages, and what happens when its messages expire.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { newRoom, startBackend } from './backend.mjs'

const backend = await startBackend()
const { ask, database, management } = backend

const DAY = 24 * 60 * 60 * 1000
const upTo = (count, first = 1) => Array.from({ length: count }, (_, index) => first + index)

async function roomWith(count, dataOf = (n) => n) {
  const ann = management.connect()
  const room = newRoom()
  await ask(ann, { action: 'JOIN_ROOM', room })
  const send = async (data) => {
    const reply = await ask(ann, { action: 'SEND_MESSAGE', room, data })
    assert.equal(reply.error, undefined)
    return reply
  }
  for (const n of upTo(count)) await send(dataOf(n))
  return {
    ann,
    room,
    send,
    join: () => ask(ann, { action: 'JOIN_ROOM', room }),
    async history(range) {
      const reply = await ask(ann, { action: 'HISTORY', room, ...range })
      assert.equal(reply.history, room)
      return { ...reply, numbers: reply.messages.map(({ sequence }) => sequence) }
    },
  }
}

/** Lets this process believe that it is so much later than it believes now. */
function later(context, milliseconds) {
  const now = Date.now
  context.mock.method(Date, 'now', () => now() + milliseconds)
}

test('HISTORY tells the newest 50, or as many as are asked for, ascending', async () => {
  const { history } = await roomWith(60)
  const { numbers, more, sequence, oldest } = await history({})
  assert.deepEqual([numbers, more, sequence, oldest], [upTo(50, 11), true, 60, undefined])
  assert.deepEqual((await history({ limit: 3 })).numbers, [58, 59, 60])
  const all = await history({ limit: 100 })
  assert.deepEqual([all.numbers, all.more], [upTo(60), false])
  assert.deepEqual((await history({ limit: 60 })).more, false)
})

test('HISTORY goes on after a number, page by page, and back before one', async () => {
  const { ann, room, history } = await roomWith(25)
  const first = await history({ after: 0, limit: 10 })
  assert.deepEqual([first.numbers, first.more, first.sequence], [upTo(10), true, 25])
  assert.deepEqual(first.messages, ann.messages(room).slice(0, 10))
  const last = await history({ after: 20, limit: 10 })
  assert.deepEqual([last.numbers, last.more], [upTo(5, 21), false])
  const exactly = await history({ after: 15, limit: 10 })
  assert.deepEqual([exactly.numbers, exactly.more], [upTo(10, 16), false])
  const up = await history({ before: 11, limit: 4 })
  assert.deepEqual([up.numbers, up.more], [upTo(4, 7), true])
  const top = await history({ before: 5 })
  assert.deepEqual([top.numbers, top.more], [upTo(4), false])
  const between = await history({ after: 5, before: 9 })
  assert.deepEqual([between.numbers, between.more, between.oldest], [[6, 7, 8], false, undefined])
  for (const range of [{ after: 25 }, { after: 99 }, { before: 0 }, { before: 1 }, { after: 9, before: 3 }, { after: Number.MAX_SAFE_INTEGER }]) {
    const { numbers, more, sequence, oldest } = await history(range)
    assert.deepEqual([numbers, more, sequence, oldest], [[], false, 25, undefined], JSON.stringify(range))
  }
})

test('an empty room has an empty history', async () => {
  const { history } = await roomWith(0)
  const { numbers, more, sequence } = await history({ after: 0 })
  assert.deepEqual([numbers, more, sequence], [[], false, 0])
})

test('a page has 24 KB, or one message', async () => {
  const { history } = await roomWith(5, (n) => 'x'.repeat(n === 3 ? 32_000 : 9_000))
  const pages = []
  for (let after = 0; after < 5; after = pages.at(-1).numbers.at(-1)) pages.push(await history({ after }))
  assert.deepEqual(pages.map(({ numbers }) => numbers), [[1, 2], [3], [4, 5]])
  assert.deepEqual(pages.map(({ more }) => more), [true, true, false])
  assert.deepEqual((await history({})).numbers, [4, 5])
  assert.equal((await history({})).more, true)
})

test('expired messages are not shown, whether DynamoDB has deleted them or not', async (context) => {
  const { send, history, join } = await roomWith(4)
  later(context, 20 * DAY)
  await join()
  await send('new')
  later(context, 11 * DAY)
  await join()
  const check = async () => {
    const kept = await history({ after: 2 })
    assert.deepEqual([kept.numbers, kept.oldest, kept.more, kept.sequence], [[5], 5, false, 5])
    assert.deepEqual((await history({})).numbers, [5])
    assert.equal((await history({ after: 4 })).oldest, undefined)
  }
  await check()
  const before = (await backend.stored()).length
  await database.sweep()
  assert.ok((await backend.stored()).length <= before - 4)
  await check()
})

test('the id of an expired message may be used again', async (context) => {
  const { ann, room, join } = await roomWith(0)
  const send = () => ask(ann, { action: 'SEND_MESSAGE', room, data: 1, id: 'mine' })
  await send()
  later(context, 31 * DAY)
  await join()
  const again = await send()
  assert.ok(!('duplicate' in again))
  assert.ok(again.sequence > 1)
})

for (const swept of [false, true]) {
  test(`the numbers of a room that was silent for long go on, its messages ${swept ? 'deleted' : 'not deleted yet'}`, async (context) => {
    const { send, history, join } = await roomWith(7)
    later(context, 31 * DAY)
    if (swept) await database.sweep()
    const { sequence } = await join()
    assert.equal(sequence, 100)
    const gone = await history({ after: 7 })
    assert.deepEqual([gone.numbers, gone.oldest, gone.sequence], [[], 101, 100])
    // At once, so that one of them finds the block reserved and no message in it.
    const replies = await Promise.all([send(1), send(2), send(3)])
    assert.deepEqual(replies.map(({ sequence: number }) => number).sort(), [101, 102, 103])
    const next = await history({ after: 7 })
    assert.deepEqual([next.numbers, next.oldest, next.sequence], [[101, 102, 103], 101, 103])
  })
}

test('a block that was reserved by a function that ended there is not skipped', async () => {
  const { room, send } = await roomWith(0)
  const until = { N: String(Math.floor(Date.now() / 1000) + 1000) }
  await backend.store('MessagesTable', { room: { S: room }, sequence: { N: '0' }, reserved: { N: '100' }, until })
  assert.equal((await send(1)).sequence, 1)
})

test('a message expires no earlier than the one before it', async (context) => {
  const { room, send } = await roomWith(0)
  const expires = async () => {
    const rows = (await backend.stored()).filter((row) => row.includes(room) && row.includes('sequence') && row.includes('"data"'))
    return rows.map((row) => Object.fromEntries(JSON.parse(row)[1])).sort((a, b) => a.sequence.N - b.sequence.N).map((item) => Number(item.expires.N))
  }
  await send(1)
  const now = Date.now()
  // The clock of another machine.
  context.mock.method(Date, 'now', () => now - 60_000)
  await send(2)
  const [first, second] = await expires()
  assert.ok(second >= first)
  assert.ok(Math.abs(first - now / 1000 - 30 * 24 * 60 * 60) < 60)
})

test('a member whose $disconnect never came is gone after 2 hours and 10 minutes, deleted or not', async (context) => {
  const { ann, room, send } = await roomWith(1)
  const lost = management.connect()
  await ask(lost, { action: 'JOIN_ROOM', room })
  later(context, 129 * 60_000)
  assert.equal((await ask(ann, { action: 'JOIN_ROOM', room })).count, 2)
  later(context, 2 * 60_000)
  const { count, members } = await ask(ann, { action: 'JOIN_ROOM', room })
  assert.deepEqual([count, members], [1, [{ connectionId: ann.id }]])
  const got = lost.frames.length
  await send('to nobody else')
  assert.equal(lost.frames.length, got)
  assert.equal((await ask(lost, { action: 'MEMBERS', room })).error.code, 'not-a-member')
  await database.sweep()
  assert.ok(!(await backend.stored()).some((row) => row.includes(`"${lost.id}"`)))
})
