// A stand-in for DynamoDB in this process, with the tables that template.yaml describes.
import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { CreateTableCommand, DeleteItemCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { parse } from 'yaml'

const TEMPLATE = fileURLToPath(new URL('../template.yaml', import.meta.url))

/**
 * Starts it on a port of 127.0.0.1, a free one by default, and makes the tables of a template; their names are the logical
 * ids. Expired items are deleted every `sweep` milliseconds, where AWS takes up to days; 0: never.
 *
 * Resolves to `{ endpoint, tables, env, sweep(), stop() }`: `env` is what a handler needs to use it, as variables of the
 * environment, besides a region and credentials, which may be any.
 */
export async function startDynamoDb({ port = 0, template = TEMPLATE, sweep = 60_000 } = {}) {
  const described = await readTables(template)
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  // Node closes connections that were idle for 5 s, and a client that takes one of them at that moment fails.
  server.keepAliveTimeout = 10 * 60_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${server.address().port}`
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials })
  for (const { definition } of described) await client.send(new CreateTableCommand(definition))
  const tables = Object.fromEntries(described.map(({ name }) => [name, name]))

  // One at a time, and none after the end.
  let sweeping = Promise.resolve()
  const timer = sweep > 0 && setInterval(() => {
    sweeping = sweeping.then(() => deleteExpired(client, described)).catch((error) => console.error(error))
  }, sweep).unref()

  return {
    endpoint,
    tables,
    env: {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      MESSAGES_TABLE: tables.MessagesTable,
      MEMBERS_TABLE: tables.MembersTable,
    },
    /** Deletes what has expired now. */
    sweep: () => deleteExpired(client, described),
    async stop() {
      clearInterval(timer)
      await sweeping
      client.destroy()
      // What is under way is answered before the connections are closed.
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The tables of a template: their name, the definition for CreateTable, and the attribute by which items expire. */
async function readTables(template) {
  // Functions such as !Ref stay texts: none of them is in what is read here.
  const { Resources } = parse(await readFile(template, 'utf8'), { logLevel: 'silent' })
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::DynamoDB::Table')
    .map(([name, { Properties }]) => {
      const { AttributeDefinitions, KeySchema, LocalSecondaryIndexes, BillingMode, TimeToLiveSpecification } = Properties
      const definition = { TableName: name, AttributeDefinitions, KeySchema, LocalSecondaryIndexes, BillingMode }
      return { name, definition, expires: TimeToLiveSpecification?.AttributeName }
    })
}

async function deleteExpired(client, described) {
  for (const { name, definition, expires } of described) {
    const names = definition.KeySchema.map(({ AttributeName }) => AttributeName)
    const found = paginateScan({ client }, {
      TableName: name,
      FilterExpression: '#expires <= :now',
      ExpressionAttributeNames: { '#expires': expires },
      ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) } },
    })
    for await (const { Items } of found) {
      for (const item of Items) {
        const Key = Object.fromEntries(names.map((key) => [key, item[key]]))
        // Unless it was stored anew meanwhile.
        const same = {
          ConditionExpression: '#expires = :expires',
          ExpressionAttributeNames: { '#expires': expires },
          ExpressionAttributeValues: { ':expires': item[expires] },
        }
        await client.send(new DeleteItemCommand({ TableName: name, Key, ...same })).catch((error) => {
          if (error.name !== 'ConditionalCheckFailedException') throw error
        })
      }
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } })
  const { endpoint, tables, env } = await startDynamoDb({ port: Number(values.port) })
  const end = () => process.exit(0)
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, end)
  // A process that started it with a pipe keeps that open; when it has gone, however it went, the input ends.
  const input = fstatSync(0)
  if (input.isFIFO() || input.isSocket()) process.stdin.once('end', end).resume()
  console.log(JSON.stringify({ endpoint, tables, env }))
}
