// SQS with a dead letter queue, and what Lambda's event source mapping does with it.
import { createRequire } from 'node:module'
import { startSqs } from './python.mjs'

const require = createRequire(new URL('../../lambda/chat/package.json', import.meta.url))
const sqs = require('@aws-sdk/client-sqs')

/**
 * Makes the two queues of the chat's template in a stand-in; `visibility` in seconds and `receives` are the
 * queue's. Resolves to `{ url, env, waiting(), dead(), client, stop() }`: `env` is what the handlers need, `dead` what was given up.
 */
export async function makeQueue({ visibility, receives }) {
  const server = await startSqs()
  const { endpoint } = server
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new sqs.SQSClient({ endpoint, region: 'us-east-1', credentials })
  const create = async (QueueName, Attributes) => (await client.send(new sqs.CreateQueueCommand({ QueueName, Attributes }))).QueueUrl
  const deadUrl = await create('FanOutDeadLetters')
  const { Attributes } = await client.send(new sqs.GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ['QueueArn'] }))
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes.QueueArn, maxReceiveCount: receives })
  const url = await create('FanOutQueue', { VisibilityTimeout: String(visibility), RedrivePolicy })
  const dead = []
  return {
    url,
    client,
    env: { FANOUT_QUEUE_URL: url, AWS_ENDPOINT_URL_SQS: endpoint },
    /** How many messages are in the queue, those that somebody works at included. */
    async waiting() {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']
      const { Attributes } = await client.send(new sqs.GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }))
      return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name]), 0)
    },
    /** The bodies of all dead letters until now. */
    async dead() {
      const { Messages = [] } = await client.send(new sqs.ReceiveMessageCommand({ QueueUrl: deadUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 3600 }))
      dead.push(...Messages.map(({ Body }) => JSON.parse(Body)))
      return dead
    },
    async stop() {
      client.destroy()
      await server.stop()
    },
  }
}

/**
 * Takes batches from the queue and calls a function with them until it is stopped, as "Using Lambda with Amazon SQS" says:
 * what it does not name as failed is deleted, the rest comes again, here at once instead of after its visibility timeout.
 * `source` are the properties of the `AWS::Lambda::EventSourceMapping`. Resolves, when stopped, once nothing is on its way.
 */
export function serve({ client, url }, source, invoke) {
  let stopped = false
  const asked = { QueueUrl: url, MaxNumberOfMessages: source.BatchSize, WaitTimeSeconds: 1, AttributeNames: ['All'] }
  // One asks at a time: the stand-in's threads may hand out a message to two that ask at the same moment, and count both. SQS
  // does that so seldom that it is left out here.
  let asking = Promise.resolve()
  const receive = () => (asking = asking.then(async () => (stopped ? [] : ((await client.send(new sqs.ReceiveMessageCommand(asked))).Messages ?? []))))
  const poll = async () => {
    while (!stopped) {
      const Messages = await receive()
      if (Messages.length === 0) continue
      const Records = Messages.map((message) => ({
        messageId: message.MessageId,
        receiptHandle: message.ReceiptHandle,
        body: message.Body,
        attributes: message.Attributes,
        messageAttributes: {},
        eventSource: 'aws:sqs',
      }))
      // A function that fails as a whole has done none of its batch.
      const failed = await invoke({ Records }).then(
        ({ batchItemFailures = [] } = {}) => batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
        () => Records.map(({ messageId }) => messageId),
      )
      for (const { MessageId, ReceiptHandle } of Messages) {
        const one = { QueueUrl: url, ReceiptHandle }
        const isFailed = failed.includes(MessageId)
        await client.send(isFailed ? new sqs.ChangeMessageVisibilityCommand({ ...one, VisibilityTimeout: 0 }) : new sqs.DeleteMessageCommand(one))
      }
    }
  }
  const pollers = Array.from({ length: Number(source.ScalingConfig.MaximumConcurrency) }, poll)
  return {
    async stop() {
      stopped = true
      await Promise.all(pollers)
    },
  }
}
