// The chat backend in this process, between the stand-ins of DynamoDB and of the management API.
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { after } from 'node:test'

import { startDynamoDb } from '../../lambda/chat/local/dynamodb.mjs'
import { startManagement } from './management.mjs'

// The SDK that the handler uses.
const require = createRequire(new URL('../../lambda/chat/index.mjs', import.meta.url))
const { DynamoDBClient, PutItemCommand, paginateScan } = require('@aws-sdk/client-dynamodb')

/**
 * Starts it for a file of tests. `env` are variables of the function; a process has one backend, since its modules read them
 * as they are loaded. `impatient`: services may not keep silent longer than on AWS. Here all of them are in this process, and
 * where the machine is slow they look silent.
 */
export async function startBackend({ env = {}, impatient = false } = {}) {
  const database = await startDynamoDb({ sweep: 0 })
  const management = await startManagement()
  Object.assign(process.env, database.env, {
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: management.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    ...env,
  })
  delete process.env.AWS_PROFILE
  after(async () => {
    await database.stop()
    await management.stop()
  })
  const { bounded } = await import('../../lambda/chat/silence.mjs')
  if (!impatient) bounded.socketTimeout = 0
  const { handler } = await import('../../lambda/chat/index.mjs')
  const client = new DynamoDBClient({ endpoint: database.endpoint })

  const context = (remaining) => {
    const end = Date.now() + remaining
    return { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => end - Date.now() }
  }

  function invoke(connection, eventType, rest, { remaining = 60_000, authorizer } = {}) {
    const requestContext = {
      routeKey: { CONNECT: '$connect', DISCONNECT: '$disconnect', MESSAGE: '$default' }[eventType],
      ...(authorizer && { authorizer }),
      eventType,
      stage: 'production',
      requestId: randomUUID(),
      domainName: 'unused.example',
      connectionId: connection.id,
      apiId: 'chat',
    }
    return handler({ requestContext, isBase64Encoded: false, ...rest }, context(remaining))
  }

  return {
    database,
    management,
    context,
    connect: (connection, query, options) => invoke(connection, 'CONNECT', query ? { queryStringParameters: query } : {}, options),
    disconnect: (connection, options) => invoke(connection, 'DISCONNECT', {}, options),

    /** Sends a text as it is. */
    raw: (connection, body, options) => invoke(connection, 'MESSAGE', { body }, options),

    /** Sends a request; resolves to the reply with its `ref`, after the invocation has ended. */
    async ask(connection, request, options) {
      const ref = randomUUID()
      await invoke(connection, 'MESSAGE', { body: JSON.stringify({ ...request, ref }) }, options)
      const replies = connection.frames.filter((frame) => frame.ref === ref)
      if (replies.length !== 1) throw new Error(`${replies.length} replies to ${JSON.stringify(request)}: ${JSON.stringify(replies)}`)
      return replies[0]
    },

    /** All that is stored, to be compared. */
    async stored() {
      const rows = []
      for (const TableName of Object.values(database.tables)) {
        for await (const { Items } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
          rows.push(...Items.map((item) => JSON.stringify([TableName, Object.entries(item).sort()])))
        }
      }
      return rows.sort()
    },

    /** Stores an item as it is. */
    store: (TableName, Item) => client.send(new PutItemCommand({ TableName, Item })),
  }
}

/** A room that no other test uses. */
export const newRoom = () => `room-${randomUUID()}`

/** Numbers that look random, the same ones for the same seed: from 0 to below 1. */
export function randomNumbers(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
