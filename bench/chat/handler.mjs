// The chat backend with a stopwatch, and beside it the fan-out that one writes first: one post after the other.
import { subscribe } from 'node:diagnostics_channel'
import { createRequire } from 'node:module'

// The backend's own packages.
const require = createRequire(process.env.BENCH_CHAT)
const { ApiGatewayManagementApiClient, PostToConnectionCommand } = require('@aws-sdk/client-apigatewaymanagementapi')
const { handler: chat } = await import(process.env.BENCH_CHAT)
const { connections } = await import(new URL('members.mjs', process.env.BENCH_CHAT))

// When requests are on their way, by what they go to: [start, end]….
let spans
const begun = new Map()
subscribe('http.client.request.start', ({ request }) => begun.set(request, performance.now()))
subscribe('http.client.response.finish', ({ request }) => {
  const to = request.path.includes('/@connections/') ? 'management' : 'database'
  spans?.[to].push([begun.get(request), performance.now()])
  begun.delete(request)
})

/** How long at least one of them was on its way, in milliseconds. */
function covered(list) {
  let total = 0
  let end = 0
  for (const [from, to] of list.sort(([one], [other]) => one - other)) {
    total += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return total
}

/** Where the gateway says that its management API is. */
const USUAL = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI

const clients = new Map()

async function oneAfterTheOther({ body }) {
  const endpoint = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI
  if (!clients.has(endpoint)) clients.set(endpoint, new ApiGatewayManagementApiClient({ endpoint }))
  const client = clients.get(endpoint)
  const { room, data } = JSON.parse(body)
  for (const ConnectionId of await connections(room)) {
    await client.send(new PostToConnectionCommand({ ConnectionId, Data: JSON.stringify({ room, data }) }))
  }
  return { statusCode: 200 }
}

export async function handler(event, context) {
  const { action = event.requestContext.routeKey, via } = JSON.parse(event.body ?? '{}')
  // Both post to where this says; `via` is a longer way to the same gateway. A process has one invocation at a time.
  process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI = via ? `https://${via}/${event.requestContext.stage}` : USUAL
  spans = { database: [], management: [] }
  const began = performance.now()
  const answer = await (action === 'NAIVE' ? oneAfterTheOther(event) : chat(event, context))
  const all = performance.now() - began
  const { database, management } = spans
  const own = all - covered([...database, ...management])
  console.log(`BENCH ${JSON.stringify({ action, all, own, database: covered(database), management: covered(management), queries: database.length, posts: management.length })}`)
  return answer
}
