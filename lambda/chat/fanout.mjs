// The worker behind the queue: posts one message of a room to the members in one of its partitions.
import { fanOut } from './fan-out.mjs'
import * as messages from './messages.mjs'

/** Takes records of SQS; those that could not be done are named, so that SQS brings them again. */
export async function handler({ Records }, context) {
  const until = Date.now() + context.getRemainingTimeInMillis() - 1_000
  const batchItemFailures = []
  for (const { messageId, body } of Records) {
    const done = await carryOut(body, until).catch((error) => {
      console.error(`${messageId} failed:`, error)
      return false
    })
    if (!done) batchItemFailures.push({ itemIdentifier: messageId })
  }
  return { batchItemFailures }
}

async function carryOut(body, until) {
  const { endpoint, room, shard, sequence, count } = JSON.parse(body)
  const message = sequence && (await messages.read(room, sequence))
  if (sequence && !message) return true // It has expired.
  const frame = message ? messages.toFrame(message) : { room, count }
  const late = await fanOut(endpoint, room, frame, { shards: [shard], until })
  return late.length === 0
}
