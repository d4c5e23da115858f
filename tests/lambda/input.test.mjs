// Whatever a client sends: an answer with a code, nothing stored, nothing thrown.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { newRoom, randomNumbers, startBackend } from './backend.mjs'

const backend = await startBackend()
const { management } = backend
const member = management.connect('member')
const room = newRoom()
await backend.ask(member, { action: 'JOIN_ROOM', room })
await backend.ask(member, { action: 'SEND_MESSAGE', room, data: 'before', id: 'before' })

/** The one reply to a body. */
async function reply(body, more = {}) {
  member.frames.length = 0
  assert.deepEqual(await backend.raw(member, body, more), { statusCode: 200 })
  assert.equal(member.frames.length, 1, `${member.frames.length} frames after ${String(body).slice(0, 200)}`)
  return member.frames[0]
}

const join = (fields) => JSON.stringify({ action: 'JOIN_ROOM', room, ref: 'r', ...fields })
const send = (fields) => JSON.stringify({ action: 'SEND_MESSAGE', room, data: 1, ref: 'r', ...fields })
const history = (fields) => JSON.stringify({ action: 'HISTORY', room, ref: 'r', ...fields })
const deep = (levels) => '['.repeat(levels) + ']'.repeat(levels)

const refused = [
  ['nothing', null, 'bad-json'],
  ['no body', undefined, 'bad-json'],
  ['an empty text', '', 'bad-json'],
  ['not JSON', 'hello', 'bad-json'],
  ['half of a JSON', '{"action":"JOIN_ROOM"', 'bad-json'],
  ['null', 'null', 'bad-json'],
  ['a number', '1', 'bad-json'],
  ['a text', '"JOIN_ROOM"', 'bad-json'],
  ['an array', '[{"action":"JOIN_ROOM"}]', 'bad-json'],
  ['a NUL', '\0', 'bad-json'],
  ['10,000 arrays', deep(10_000), 'bad-request', { limit: 100 }],
  ['data that nests too deeply', `{"action":"SEND_MESSAGE","room":${JSON.stringify(room)},"data":${deep(101)}}`, 'bad-request', { limit: 100 }],
  ['brackets without an end', '['.repeat(32_000), 'bad-request', { limit: 100 }],
  ['no action', '{"ref":"r"}', 'bad-request', { field: 'action' }],
  ['an action that is a number', '{"action":1,"ref":"r"}', 'bad-request', { field: 'action' }],
  ['an action that is an object', '{"action":{},"ref":"r"}', 'bad-request', { field: 'action' }],
  ['an unknown action', '{"action":"DROP_TABLE","ref":"r"}', 'unknown-action', { action: 'DROP_TABLE' }],
  ['an action in small letters', '{"action":"join_room","ref":"r"}', 'unknown-action', { action: 'join_room' }],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((action) => [
    `the action ${action}`, JSON.stringify({ action, ref: 'r' }), 'unknown-action', { action },
  ]),
  ['an action of 10 KB', JSON.stringify({ action: 'x'.repeat(10_240), ref: 'r' }), 'unknown-action', { action: 'x'.repeat(64) }],
  ['no room', join({ room: undefined }), 'bad-request', { field: 'room' }],
  ['an empty room', join({ room: '' }), 'bad-request', { field: 'room', limit: 128 }],
  ['a room of 129 characters', join({ room: 'x'.repeat(129) }), 'bad-request', { field: 'room', limit: 128 }],
  ['a room of 10 KB', join({ room: 'x'.repeat(10_240) }), 'bad-request', { field: 'room', limit: 128 }],
  ...[null, 1, true, {}, [], ['a']].map((value) => [`a room that is ${JSON.stringify(value)}`, join({ room: value }), 'bad-request', { field: 'room', limit: 128 }]),
  ['a room with half of a character', join({ room: '\ud800' }), 'bad-request', { field: 'room', limit: 128 }],
  ['a room that only __proto__ has', '{"action":"JOIN_ROOM","ref":"r","__proto__":{"room":"a"}}', 'bad-request', { field: 'room', limit: 128 }],
  ['an action that only __proto__ has', '{"ref":"r","__proto__":{"action":"JOIN_ROOM","room":"a"}}', 'bad-request', { field: 'action' }],
  ["another's connectionId", join({ connectionId: 'somebody-else' }), 'spoofed-connection', { connectionId: member.id }],
  ["another's connectionId to leave", JSON.stringify({ action: 'LEAVE_ROOM', room, ref: 'r', connectionId: 'x' }), 'spoofed-connection', { connectionId: member.id }],
  ['a connectionId that is null', join({ connectionId: null }), 'bad-request', { field: 'connectionId', limit: 128 }],
  ['no data', send({ data: undefined }), 'bad-request', { field: 'data' }],
  ['an id that is a number', send({ id: 7 }), 'bad-request', { field: 'id', limit: 128 }],
  ['an empty id', send({ id: '' }), 'bad-request', { field: 'id', limit: 128 }],
  ['an id of 129 characters', send({ id: 'x'.repeat(129) }), 'bad-request', { field: 'id', limit: 128 }],
  ['an id with half of a character', send({ id: 'a\udfff' }), 'bad-request', { field: 'id', limit: 128 }],
  ...[-1, 0.5, '1', null, [], 1e300, 2 ** 53].flatMap((value) =>
    ['after', 'before'].map((field) => [`${field}: ${JSON.stringify(value)}`, history({ [field]: value }), 'bad-request', { field }]),
  ),
  ...[0, 101, -1, 1.5, '10', null].map((limit) => [`limit: ${JSON.stringify(limit)}`, history({ limit }), 'bad-request', { field: 'limit' }]),
]

for (const [what, body, code, facts] of refused) {
  test(`${what}: ${code}`, async () => {
    const before = await backend.stored()
    const { ref, error, ...rest } = await reply(body)
    assert.equal(error.code, code)
    assert.equal(ref, typeof body === 'string' && body.includes('"ref":"r"') ? 'r' : undefined)
    for (const [name, value] of Object.entries(facts ?? {})) assert.deepEqual(error[name], value)
    assert.ok(error.message.length > 0 && error.message.length < 200)
    assert.deepEqual(rest, {})
    assert.deepEqual(await backend.stored(), before)
  })
}

for (const ref of [{}, [], 1, true, null, '', 'x'.repeat(129), '\ud800', { toString: 'x' }]) {
  test(`a ref that is ${JSON.stringify(ref).slice(0, 20)}: bad-request, without a ref`, async () => {
    const before = await backend.stored()
    for (const body of [join({ ref }), send({ ref }), JSON.stringify({ action: 'GET_CONNECTION_ID', ref })]) {
      const { error, ...rest } = await reply(body)
      assert.equal(error.code, 'bad-request')
      assert.equal(error.field, 'ref')
      assert.deepEqual(rest, {})
    }
    assert.deepEqual(await backend.stored(), before)
  })
}

test('a field that every object has is not one that the client wrote', async () => {
  const { parse } = await import('../../lambda/chat/parse.mjs')
  Object.prototype.room = room
  try {
    assert.throws(() => parse('{"action":"MEMBERS"}'), { code: 'bad-request', facts: { field: 'room', limit: 128 } })
  } finally {
    delete Object.prototype.room
  }
})

test('binary: bad-json', async () => {
  const { handler } = await import('../../lambda/chat/index.mjs')
  const requestContext = { eventType: 'MESSAGE', connectionId: member.id, requestId: 'x' }
  member.frames.length = 0
  const body = Buffer.from('{"action":"GET_CONNECTION_ID"}').toString('base64')
  await handler({ requestContext, body, isBase64Encoded: true }, backend.context(10_000))
  assert.equal(member.frames[0].error.code, 'bad-json')
})

test('a message that does not fit into one frame is refused before it is stored, up to the byte', async () => {
  // Everything around the data, with the longest number, which is the frame that must fit.
  const frame = (data) => ({ room, sequence: Number.MAX_SAFE_INTEGER, id: 'big', from: { connectionId: member.id }, data, at: Date.now() })
  const around = JSON.stringify(frame('')).length
  const before = await backend.stored()
  const { error, ref } = await reply(send({ id: 'big', data: 'x'.repeat(32_768 - around + 1) }))
  assert.deepEqual([error.code, error.bytes, error.limit, ref], ['too-large', 32_769, 32_768, 'r'])
  // It counts bytes, and not characters.
  assert.equal((await reply(send({ id: 'big', data: '€'.repeat(11_000) }))).error.code, 'too-large')
  assert.deepEqual(await backend.stored(), before)
  member.frames.length = 0
  const fits = await backend.ask(member, { action: 'SEND_MESSAGE', room, id: 'big', data: 'x'.repeat(32_768 - around) })
  assert.equal(fits.sequence, 2)
  assert.ok(JSON.stringify(member.messages(room)[0]).length <= 32_768)
})

test('data comes back as it was sent, whatever JSON it is', async () => {
  const texts = [
    'null', 'false', '0', '""', '[]', '{}', '"\\ud800"', '"\\u0000"', '"😀"', '{"__proto__":{"a":1},"constructor":2}', '{"":{"":[]}}',
    '1e308', '-1.5e-7', '9007199254740991', '"\\u2028"', `{"a":${deep(98)}}`, '{"sequence":9,"room":"other","ref":"x","error":1}',
  ]
  for (const text of texts) {
    member.frames.length = 0
    await backend.raw(member, `{"action":"SEND_MESSAGE","room":${JSON.stringify(room)},"data":${text},"ref":"ok"}`)
    const [frame] = member.messages(room)
    assert.equal(JSON.stringify(frame.data), JSON.stringify(JSON.parse(text)))
    const { messages } = await backend.ask(member, { action: 'HISTORY', room, after: frame.sequence - 1 })
    assert.deepEqual(messages, [frame])
  }
})

test('numbers beyond 2^53 become the nearest that JavaScript knows', async () => {
  member.frames.length = 0
  await backend.raw(member, `{"action":"SEND_MESSAGE","room":${JSON.stringify(room)},"data":[12345678901234567890,1e400]}`)
  assert.deepEqual(member.messages(room)[0].data, [12345678901234567000, null])
})

test('thousands of random requests: each is answered, and none of those that are refused stores anything', async () => {
  const seed = Number(process.env.SEED ?? 1)
  const random = randomNumbers(seed)
  const pick = (choices) => choices[Math.floor(random() * choices.length)]
  const scalars = [null, true, false, 0, -1, 1, 1.5, 2 ** 53, 1e300, '', 'a', room, member.id, '\ud800', '\0', '__proto__', 'x'.repeat(200), 'SEND_MESSAGE']
  const value = (level) => {
    if (level > 3 || random() < 0.6) return pick(scalars)
    if (random() < 0.5) return Array.from({ length: Math.floor(random() * 4) }, () => value(level + 1))
    return Object.fromEntries(Array.from({ length: Math.floor(random() * 4) }, () => [pick(['a', 'room', 'ref', '__proto__', 'constructor', '']), value(level + 1)]))
  }
  const actions = ['JOIN_ROOM', 'LEAVE_ROOM', 'SEND_MESSAGE', 'HISTORY', 'MEMBERS', 'GET_CONNECTION_ID', 'OTHER']
  const fields = ['room', 'ref', 'data', 'id', 'connectionId', 'after', 'before', 'limit']
  const body = () => {
    if (random() < 0.1) return JSON.stringify(value(0))
    const request = { action: random() < 0.9 ? pick(actions) : value(0) }
    for (const field of fields) if (random() < 0.4) request[field] = random() < 0.3 ? room : value(0)
    const text = JSON.stringify(request)
    if (random() < 0.85) return text
    // Broken somewhere.
    const at = Math.floor(random() * text.length)
    return text.slice(0, at) + pick(['', '"', '}', '\\', '\0', '\ud800', '[[[', ',']) + text.slice(at + Math.floor(random() * 3))
  }
  const codes = new Map()
  let before = await backend.stored()
  for (let round = 0; round < 3_000; round++) {
    const text = body()
    const where = `seed ${seed}, round ${round}: ${text}`
    member.frames.length = 0
    assert.deepEqual(await backend.raw(member, text), { statusCode: 200 }, where)
    const replies = member.frames.filter((frame) => !('room' in frame))
    assert.equal(replies.length, 1, where)
    const { error, ref } = replies[0]
    codes.set(error?.code, (codes.get(error?.code) ?? 0) + 1)
    if (ref !== undefined) assert.equal(ref, JSON.parse(text).ref, where)
    if (error) assert.notEqual(error.code, 'internal', where)
    // Now and then, since it reads everything: what happened between must have been refused, or have stored something.
    if (!error || random() < 0.02) {
      const after = await backend.stored()
      if (error) assert.deepEqual(after, before, where)
      before = after
    }
  }
  for (const code of [undefined, 'bad-json', 'bad-request', 'unknown-action', 'not-a-member', 'spoofed-connection']) {
    assert.ok(codes.get(code) > 10, `${code}: ${codes.get(code)} of 3,000`)
  }
})
