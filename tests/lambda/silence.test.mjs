// Services that take a request and never answer it, as over a connection that died while the function was frozen.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import { after, test } from 'node:test'

import { newRoom, startBackend } from './backend.mjs'

/** Requests to the database, by their operation, that get no answer. */
const silent = []
const between = createServer((request, response) => {
  const operation = request.headers['x-amz-target'].split('.')[1]
  if (silent[0] === operation) return silent.shift()
  const { method, url: path, headers } = request
  request.pipe(
    forward(backend.database.endpoint, { method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    }),
  )
})
between.keepAliveTimeout = 10 * 60_000
await once(between.listen(0, '127.0.0.1'), 'listening')
after(() => {
  between.closeAllConnections()
  between.close()
})
const backend = await startBackend({ impatient: true, env: { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${between.address().port}` } })
const { ask, management } = backend

// Without a bound the requests wait for ever.
const timeout = 60_000

test('a post that is never answered is tried again like a throttled one, after the sender has its answer', { timeout }, async () => {
  const room = newRoom()
  const [ann, bob, eve] = [management.connect(), management.connect(), management.connect()]
  for (const member of [ann, bob, eve]) await ask(member, { action: 'JOIN_ROOM', room })
  bob.answers.push(new Promise(() => {}))
  const before = bob.posts
  const { sequence } = await ask(ann, { action: 'SEND_MESSAGE', room, data: 'hello' })
  assert.equal(sequence, 1)
  assert.ok(bob.posts >= before + 2)
  for (const member of [ann, bob, eve]) assert.ok(member.messages(room).length >= 1)
})

test('a request to the database that is never answered is made again', { timeout }, async () => {
  const room = newRoom()
  const ann = management.connect()
  silent.push('PutItem', 'Query')
  assert.equal((await ask(ann, { action: 'JOIN_ROOM', room })).count, 1)
  assert.deepEqual(silent, [])
})
