// Posts to connections through the management API, many at once.
import { setTimeout as wait } from 'node:timers/promises'

import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'

import { AT_ONCE, each } from './each.mjs'
import { bounded } from './silence.mjs'

/** Milliseconds for which a frame is tried again: a member that takes nothing must not keep a function running. */
const PATIENCE = 5_000

// One client per endpoint, kept across invocations with its open connections. What is tried again is decided here, and not
// by the SDK: a member that is slow would hold up the others.
const clients = new Map()

/** The client of an endpoint, `https://{domain}/{stage}`. */
function clientFor(endpoint) {
  if (!clients.has(endpoint)) {
    const requestHandler = { ...bounded, httpsAgent: { maxSockets: AT_ONCE }, httpAgent: { maxSockets: AT_ONCE } }
    clients.set(endpoint, new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 1, requestHandler }))
  }
  return clients.get(endpoint)
}

/**
 * Posts a frame to connections; resolves to `{ gone }`, those that are closed. Each is tried once, then `tried` is called and
 * waited for, if given; then those that were throttled are tried again, with growing waits, for 5 s and at most until the time
 * `until`. Who still would not take it is logged. Throws where the function may not post at all.
 */
export async function post(endpoint, connectionIds, frame, { until, tried }) {
  const client = clientFor(endpoint)
  const data = Buffer.from(JSON.stringify(frame))
  const gone = []
  let left = connectionIds
  let end = until
  for (let round = 0; ; round++) {
    const throttled = []
    let why
    await each(left, async (connectionId) => {
      const error = await once(client, connectionId, data)
      if (!error) return
      if (error.name === 'GoneException') gone.push(connectionId)
      else {
        throttled.push(connectionId)
        why = error
      }
    })
    if (round === 0) {
      await tried?.()
      end = Math.min(until, Date.now() + PATIENCE)
    }
    left = throttled
    const pause = Math.min(2_000, 50 * 2 ** round) * (0.5 + Math.random() / 2)
    if (left.length === 0) return { gone }
    if (Date.now() + pause > end) {
      console.warn(`${left.length} of ${connectionIds.length} connections did not take a frame in time, as ${left[0]}: ${why}`)
      return { gone }
    }
    await wait(pause)
  }
}

/** Posts once; resolves to what went wrong, if that may be otherwise later or the connection has gone. */
async function once(client, connectionId, data) {
  try {
    await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }))
  } catch (error) {
    const status = error.$metadata?.httpStatusCode
    if (status === 403) throw Object.assign(error, { mayNotPost: true })
    // Gone; throttled, or its buffer is full; a failure of the service, or of the network, which has no status.
    if (status === undefined || status === 410 || status === 429 || status >= 500) return error
    console.error(`a post to ${connectionId} failed:`, error)
  }
}
