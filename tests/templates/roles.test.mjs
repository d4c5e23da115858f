// The roles of the chat's functions allow what the handlers call, and nothing else.
import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectionId, startBackend } from './backend.mjs'
import { transform } from './python.mjs'
import { makeQueue, serve } from './queue.mjs'
import { deploy, permissions } from './stack.mjs'

const template = await transform(fileURLToPath(new URL('../../lambda/chat/template.yaml', import.meta.url)))

/** What a role allows on DynamoDB, sorted: `GetItem MembersTable`, `Query MessagesTable/by-id`. */
function allowed({ statements }) {
  const pairs = statements.flatMap(({ Action, Resource }) => [Action].flat().map((action) => [action, Resource]))
  const database = pairs.filter(([action]) => action.startsWith('dynamodb:'))
  return database.map(([action, resource]) => `${action.slice('dynamodb:'.length)} ${resource.replace('.Arn', '').replace('/index/', '/')}`).sort()
}

/** The same of what was called. */
function called(calls) {
  const names = calls.map(({ operation, table, index }) => `${operation} ${table}${index ? `/${index}` : ''}`)
  return [...new Set(names)].sort()
}

/** Everything that clients do, in a small room and in a large one. */
async function exercise(backend) {
  const [ann, bob, gone] = [connectionId(), connectionId(), connectionId()]
  backend.connections.answer = (id) => (id === gone ? 410 : 200)
  await backend.enter(ann, { name: 'Ann' })
  for (const id of [ann, bob]) await backend.send(id, { action: 'JOIN_ROOM', room: 'small', ref: 'join' })
  await backend.seat('small', [gone])
  for (const _ of ['once', 'again']) await backend.send(ann, { action: 'SEND_MESSAGE', room: 'small', data: 1, id: 'one', ref: 'send' })
  await backend.send(bob, { action: 'HISTORY', room: 'small', after: 0, ref: 'history' })
  await backend.send(bob, { action: 'LEAVE_ROOM', room: 'small', ref: 'leave' })

  await backend.seat('large', [gone, ...Array.from({ length: 110 }, connectionId)])
  await backend.send(ann, { action: 'JOIN_ROOM', room: 'large', ref: 'join' })
  await backend.send(ann, { action: 'SEND_MESSAGE', room: 'large', data: 1, ref: 'send' })
  await backend.send(ann, { action: 'MEMBERS', room: 'large', ref: 'members' })
  await backend.leave(ann)
  // Nobody has counted this one before a post finds out who is gone.
  const [dan, ...others] = Array.from({ length: 111 }, connectionId)
  await backend.seat('uncounted', [dan, gone, ...others])
  await backend.send(dan, { action: 'SEND_MESSAGE', room: 'uncounted', data: 1, ref: 'send' })
  return backend.connections.received(ann)
}

test('with FanOut=direct the function calls all that its role allows and nothing else', async (t) => {
  const backend = await startBackend()
  t.after(() => backend.stop())
  const received = await exercise(backend)
  assert.equal(received.find(({ duplicate }) => duplicate)?.sequence, 1)
  assert.ok(received.find(({ membersOf }) => membersOf)?.count > 100)
  assert.deepEqual(called(backend.database.calls), allowed(permissions(deploy(template)).Function))
})

test('with FanOut=queue both functions call all that their roles allow and nothing else', async (t) => {
  const stack = deploy(template, { FanOut: 'queue' })
  const queue = await makeQueue({ visibility: 180, receives: 5 })
  const { MEMBER_SHARDS } = stack.resources.Function.Properties.Environment.Variables
  const backend = await startBackend({ env: { ...queue.env, MEMBER_SHARDS } })
  let workers
  t.after(async () => {
    await workers?.stop()
    await backend.stop()
    await queue.stop()
  })
  await exercise(backend)
  const ofFirst = backend.database.calls.splice(0)
  assert.ok((await queue.waiting()) > 0)
  workers = serve(queue, stack.resources.FanOutSource.Properties, (event) => backend.invoke('fanout.mjs', event))
  while ((await queue.waiting()) > 0) await new Promise((resolve) => setTimeout(resolve, 50))
  const roles = permissions(stack)
  assert.deepEqual(called(ofFirst), allowed(roles.Function))
  assert.deepEqual(called(backend.database.calls), allowed(roles.FanOutFunction))
})
