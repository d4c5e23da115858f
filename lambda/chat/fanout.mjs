// The worker behind the queue: posts one message of a room to the members in one of its partitions.
import { each } from './each.mjs'
import { fanOut } from './fan-out.mjs'
import { countedAfter } from './members.mjs'
import * as messages from './messages.mjs'

/**
 * Takes records of SQS; those that could not be done are named, so that SQS brings them again. A member that would not take
 * its frame in time is no reason for that, since all others would get it again: it asks for what it missed.
 */
export async function handler({ Records }, context) {
  const until = Date.now() + context.getRemainingTimeInMillis() - 1_000
  const batchItemFailures = []
  await each(Records, async ({ messageId, body }) => {
    try {
      await carryOut(JSON.parse(body), until)
    } catch (error) {
      console.error(`${messageId} failed:`, error)
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  })
  return { batchItemFailures }
}

async function carryOut({ endpoint, room, shard, sequence, count, at }, until) {
  const message = sequence && (await messages.read(room, sequence))
  if (sequence && !message) return // It has expired.
  // A queue keeps no order, and the count that arrives last stays: so it must not be an older one.
  if (!message && (await countedAfter(room, at))) return
  const frame = message ? messages.toFrame(message) : { room, count }
  await fanOut(endpoint, room, frame, { shards: [shard], until })
}
