// Fan-out through SQS: each record is one frame for the members in one partition of a room.
import { allShards } from './members.mjs'
import { bounded } from './silence.mjs'

const QueueUrl = process.env.FANOUT_QUEUE_URL

/**
 * Queues what `fanout.mjs` posts: `{ sequence }`, a message, or `{ count, at }`, how many members are there,
 * counted at that time. Null where there is
 * no queue: then the function posts by itself.
 */
export const enqueue = QueueUrl ? await connect() : null

async function connect() {
  const { SendMessageBatchCommand, SQSClient } = await import('@aws-sdk/client-sqs')
  const client = new SQSClient({ requestHandler: { ...bounded } })

  return async (endpoint, room, what) => {
    const entries = allShards().map((shard) => ({
      Id: String(shard),
      MessageBody: JSON.stringify({ endpoint, room, shard, ...what }),
    }))
    const batches = []
    while (entries.length > 0) batches.push(entries.splice(0, 10)) // SQS takes no more at once.
    await Promise.all(
      batches.map(async (Entries) => {
        const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
        if (!Failed?.length) return
        const [{ Code, Message }] = Failed
        throw Object.assign(new Error(`${Failed.length} records were not queued: ${Message}`), { name: Code })
      }),
    )
  }
}
