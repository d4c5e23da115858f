// What the handlers really do for a message, between the stand-ins of tests/templates.
import { connectionId, startBackend } from '../../tests/templates/backend.mjs'
import { makeQueue, serve } from '../../tests/templates/queue.mjs'
import { BACKEND } from './model.mjs'

/**
 * Sends messages with `data` bytes of JSON to a room and resolves to what one of them was:
 * `{ invocations, posts, readUnits, writeUnits, cpu }`, `cpu` in ms of the handlers' process per post.
 */
export async function measure({ members, mode, messages = 5, data = 200, shards = BACKEND.shards }) {
  const queue = mode === 'queue' && (await makeQueue({ visibility: 180, receives: 5 }))
  const backend = await startBackend({ env: queue ? { ...queue.env, MEMBER_SHARDS: String(shards) } : {} })
  const source = { BatchSize: BACKEND.batch, ScalingConfig: { MaximumConcurrency: BACKEND.concurrency } }
  const workers = queue && serve(queue, source, (event) => backend.invoke('fanout.mjs', event))
  try {
    const ids = Array.from({ length: members }, connectionId)
    await backend.seat('lobby', ids)
    const send = async () => {
      await backend.send(ids[0], { action: 'SEND_MESSAGE', room: 'lobby', data: 'x'.repeat(data - 2), ref: 'send' })
      if (queue) while ((await queue.waiting()) > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await send() // The first reserves numbers, and loads what the later ones find loaded.
    backend.database.calls.length = 0
    const before = { posts: backend.connections.posts, invocations: total(backend.invocations), cpu: await backend.cpu() }
    for (let i = 0; i < messages; i++) await send()
    const posts = backend.connections.posts - before.posts
    const writes = ['PutItem', 'UpdateItem', 'DeleteItem']
    const unitsOf = (wanted) => backend.database.calls.reduce((sum, { operation, units }) => sum + (writes.includes(operation) === wanted ? units : 0), 0)
    return {
      invocations: (total(backend.invocations) - before.invocations) / messages,
      posts: posts / messages,
      readUnits: unitsOf(false) / messages,
      writeUnits: unitsOf(true) / messages,
      cpu: ((await backend.cpu()) - before.cpu) / posts,
    }
  } finally {
    await workers?.stop?.()
    await backend.stop()
    await queue?.stop?.()
  }
}

const total = (invocations) => Object.values(invocations).reduce((sum, count) => sum + count, 0)
