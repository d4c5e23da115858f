// What a client must not send, through the real gateway: an error reply with a code, nothing written, and the
// connection goes on.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { identify } from '../gateway/client.mjs'
import { within } from '../page/faults/setting.mjs'
import { contents } from './contents.mjs'
import { openBackend } from './setting.mjs'

const LONG = 'x'.repeat(10_240)
const nested = (levels) => '['.repeat(levels) + ']'.repeat(levels)

// What it is, what is sent (text goes as it is), and the code of the reply. `ME` and `OTHER` stand for the connectionIds of
// the client and of another one, `inside` for the room that the client is in.
const REFUSED = [
  ['text that is not JSON', 'hello', 'bad-json'],
  ['half of an object', '{"action":"JOIN_ROOM"', 'bad-json'],
  ['a space', ' ', 'bad-json'],
  ['null', 'null', 'bad-json'],
  ['a number', '42', 'bad-json'],
  ['a string', '"GET_CONNECTION_ID"', 'bad-json'],
  ['a list', '[{"action":"GET_CONNECTION_ID"}]', 'bad-json'],
  ['no action', {}, 'bad-request'],
  ['an action that does not exist', { action: 'DELETE_ROOM' }, 'unknown-action'],
  ['an action in small letters', { action: 'join_room', room: 'a' }, 'unknown-action'],
  ['what every object has, as an action', { action: 'constructor' }, 'unknown-action'],
  ['the prototype, as an action', { action: '__proto__' }, 'unknown-action'],
  ['a number as an action', { action: 7 }, 'bad-request'],
  ['an object as an action', { action: { name: 'JOIN_ROOM' } }, 'bad-request'],
  ...['JOIN_ROOM', 'LEAVE_ROOM', 'SEND_MESSAGE', 'HISTORY', 'MEMBERS'].flatMap((action) =>
    [
      ['no room', undefined],
      ['a room without a name', ''],
      ['a room with a name of 10 KB', LONG],
      ['a number as a room', 5],
      ['null as a room', null],
      ['a list as a room', ['inside']],
      ['an object as a room', { name: 'inside' }],
      ['half of a character in a room’s name', 'a\ud800'],
    ].map(([what, room]) => [`${what} (${action})`, { action, room, data: 1 }, 'bad-request']),
  ),
  ['an object as a ref', { action: 'JOIN_ROOM', room: 'a', ref: { is: 1 } }, 'bad-request'],
  ['a number as a ref', { action: 'MEMBERS', room: 'inside', ref: 1 }, 'bad-request'],
  ['a list as a ref', { action: 'SEND_MESSAGE', room: 'inside', data: 1, ref: [] }, 'bad-request'],
  ['a ref of 10 KB', { action: 'JOIN_ROOM', room: 'a', ref: LONG }, 'bad-request'],
  ['the connectionId of another, to join', { action: 'JOIN_ROOM', room: 'a', connectionId: 'OTHER' }, 'spoofed-connection'],
  ['the connectionId of another, to leave', { action: 'LEAVE_ROOM', room: 'inside', connectionId: 'OTHER' }, 'spoofed-connection'],
  ['the connectionId of nobody', { action: 'JOIN_ROOM', room: 'a', connectionId: 'AAAAAAAAAAAAAAA=' }, 'spoofed-connection'],
  ['an object as a connectionId', { action: 'JOIN_ROOM', room: 'a', connectionId: {} }, ['bad-request', 'spoofed-connection']],
  ['a message to a room of others', { action: 'SEND_MESSAGE', room: 'outside', data: 'hello' }, 'not-a-member'],
  ['a message to a room that does not exist', { action: 'SEND_MESSAGE', room: 'nowhere', data: 'hello' }, 'not-a-member'],
  ['the history of others', { action: 'HISTORY', room: 'outside' }, 'not-a-member'],
  ['the members of others', { action: 'MEMBERS', room: 'outside' }, 'not-a-member'],
  ['a message without data', { action: 'SEND_MESSAGE', room: 'inside' }, 'bad-request'],
  ['a number as the id of a message', { action: 'SEND_MESSAGE', room: 'inside', data: 1, id: 1 }, 'bad-request'],
  ['an empty id of a message', { action: 'SEND_MESSAGE', room: 'inside', data: 1, id: '' }, 'bad-request'],
  ['an id of a message of 10 KB', { action: 'SEND_MESSAGE', room: 'inside', data: 1, id: LONG }, 'bad-request'],
  ['a message that fits into a frame and does not with what is added to it', { action: 'SEND_MESSAGE', room: 'inside', data: 'x'.repeat(32_620) }, 'too-large'],
  ['5,000 lists in one another', `{"action":"SEND_MESSAGE","room":"inside","data":${nested(5000)}}`, 'bad-request'],
  ['text as a place in the history', { action: 'HISTORY', room: 'inside', after: '1' }, 'bad-request'],
  ['a place before the beginning', { action: 'HISTORY', room: 'inside', after: -1 }, 'bad-request'],
  ['a place between two messages', { action: 'HISTORY', room: 'inside', after: 0.5 }, 'bad-request'],
  ['a list as a limit', { action: 'HISTORY', room: 'inside', limit: [10] }, 'bad-request'],
  ['nothing as a limit', { action: 'HISTORY', room: 'inside', limit: 0 }, 'bad-request'],
]

describe('the chat backend answers, writes nothing and goes on when it gets', { concurrency: 1 }, () => {
  let backend, client, other
  const next = async (client) => JSON.parse(await within(client.next(), 'nothing was answered', 10_000))
  const request = (message) => {
    client.send(message)
    return next(client)
  }
  before(async () => {
    backend = await openBackend()
    ;[client, other] = [await identify(backend.gateway.ws), await identify(backend.gateway.ws)]
    assert.equal((await request({ action: 'JOIN_ROOM', room: 'inside', ref: 'in' })).joined, 'inside')
    other.send({ action: 'JOIN_ROOM', room: 'outside', ref: 'in' })
    assert.equal((await next(other)).joined, 'outside')
  })
  after(() => backend?.close())

  for (const [what, given, codes] of REFUSED) {
    test(what, async () => {
      const wanted = await contents(backend.database)
      const isText = typeof given === 'string'
      const message = isText || !given.connectionId ? given : { ...given, connectionId: given.connectionId === 'OTHER' ? other.connectionId : given.connectionId }
      const ref = isText || 'ref' in given ? undefined : `asks for ${what}`
      const reply = await request(isText ? message : { ...message, ...(ref && { ref }) })
      assert.ok([codes].flat().includes(reply.error?.code), JSON.stringify(reply))
      assert.ok(reply.error.message.length > 10, 'a sentence for people')
      assert.equal(reply.ref, ref)
      assert.deepEqual(await contents(backend.database), wanted)
      const { count } = await request({ action: 'MEMBERS', room: 'inside', ref: 'still here' })
      assert.equal(count, 1)
    })
  }

  test('and no invocation failed, and nobody else was told', async () => {
    const log = backend.gateway.log.text()
    assert.doesNotMatch(log, /Internal server error|Task timed out|Runtime exited/)
    other.send({ action: 'MEMBERS', room: 'outside', ref: 'me' })
    assert.equal((await next(other)).ref, 'me')
  })

  test('and what is written is seen by the look into the tables', async () => {
    const before = await contents(backend.database)
    const reply = await request({ action: 'SEND_MESSAGE', room: 'inside', data: 'hello', ref: 'good' })
    assert.ok(reply.sequence === 1, JSON.stringify(reply))
    assert.notDeepEqual(await contents(backend.database), before)
  })
})
