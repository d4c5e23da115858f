// The stand-in for DynamoDB that a laptop uses, as a program.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { startDynamoDb } from '../../lambda/chat/local/dynamodb.mjs'
import { closedPort } from '../page/closed-port.mjs'

const require = createRequire(new URL('../../lambda/chat/index.mjs', import.meta.url))
const { DynamoDBClient, DescribeTableCommand, PutItemCommand, ScanCommand } = require('@aws-sdk/client-dynamodb')

const client = (endpoint) => new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })

async function start(test, ...args) {
  const program = fileURLToPath(new URL('../../lambda/chat/local/dynamodb.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  test.after(() => child.kill('SIGKILL'))
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`It ended with ${code} before it said where it is`)))
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), failed])
  return { child, ...JSON.parse(line) }
}

test('it makes the tables of the template and says where they are, and ends with the input of who started it', async (context) => {
  const { child, endpoint, tables, env } = await start(context)
  assert.deepEqual(tables, { MessagesTable: 'MessagesTable', MembersTable: 'MembersTable' })
  assert.deepEqual(env, { AWS_ENDPOINT_URL_DYNAMODB: endpoint, MESSAGES_TABLE: 'MessagesTable', MEMBERS_TABLE: 'MembersTable' })
  const { Table } = await client(endpoint).send(new DescribeTableCommand({ TableName: 'MessagesTable' }))
  assert.deepEqual(Table.KeySchema.map(({ AttributeName }) => AttributeName), ['room', 'sequence'])
  assert.equal(Table.LocalSecondaryIndexes[0].IndexName, 'by-id')
  const ended = once(child, 'exit')
  child.stdin.end()
  assert.deepEqual(await ended, [0, null])
})

test('it ends with SIGTERM, and takes the port that it is given', async (context) => {
  const port = String(await closedPort())
  const { child, endpoint } = await start(context, '--port', port)
  assert.equal(new URL(endpoint).port, port)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})

test('expired items are deleted by themselves, and no others', async (context) => {
  const database = await startDynamoDb({ sweep: 20 })
  context.after(() => database.stop())
  const dynamodb = client(database.endpoint)
  const now = Math.floor(Date.now() / 1000)
  const store = (sk, expires) => dynamodb.send(new PutItemCommand({ TableName: 'MembersTable', Item: { pk: { S: 'a' }, sk: { S: sk }, ...expires } }))
  await store('old', { expires: { N: String(now - 1) } })
  await store('new', { expires: { N: String(now + 1000) } })
  await store('without', {})
  for (;;) {
    const { Items } = await dynamodb.send(new ScanCommand({ TableName: 'MembersTable', ConsistentRead: true }))
    const left = Items.map(({ sk }) => sk.S).sort()
    if (!left.includes('old')) return assert.deepEqual(left, ['new', 'without'])
  }
})

test('what is under way when it stops is answered', async () => {
  const database = await startDynamoDb()
  const dynamodb = client(database.endpoint)
  const items = Array.from({ length: 50 }, (_, n) => ({ pk: { S: 'a' }, sk: { S: String(n) } }))
  const first = dynamodb.send(new PutItemCommand({ TableName: 'MembersTable', Item: items[0] }))
  await first
  const rest = items.slice(1).map((Item) => dynamodb.send(new PutItemCommand({ TableName: 'MembersTable', Item })).catch((error) => error))
  await database.stop()
  // Answered, or refused as a port that nobody listens on; nothing is thrown where nobody sees it.
  await Promise.all(rest)
  dynamodb.destroy()
})
