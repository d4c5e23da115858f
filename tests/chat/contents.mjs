// All that is in the tables of the chat backend.
import { createRequire } from 'node:module'

// The packages of the backend itself.
const require = createRequire(new URL('../../lambda/chat/package.json', import.meta.url))

/** All items of all tables, by table. */
export async function contents({ endpoint, env: { MESSAGES_TABLE, MEMBERS_TABLE } }) {
  const { DynamoDBClient, ScanCommand } = require('@aws-sdk/client-dynamodb')
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials })
  try {
    const scan = async (TableName) => {
      const items = []
      for (let ExclusiveStartKey, first = true; first || ExclusiveStartKey; first = false) {
        const { Items, LastEvaluatedKey } = await client.send(new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }))
        items.push(...Items)
        ExclusiveStartKey = LastEvaluatedKey
      }
      return items
    }
    return { messages: await scan(MESSAGES_TABLE), members: await scan(MEMBERS_TABLE) }
  } finally {
    client.destroy()
  }
}
