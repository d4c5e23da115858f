// DynamoDB, as far as this backend needs it: items of strings and numbers, read consistently.
import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'

import { bounded } from './silence.mjs'

const client = new DynamoDBClient({ requestHandler: { ...bounded } })

/** The names of the tables, which the template sets. */
export const MESSAGES = process.env.MESSAGES_TABLE ?? 'MessagesTable'
export const MEMBERS = process.env.MEMBERS_TABLE ?? 'MembersTable'

/** Seconds since 1970, the unit of `expires`, by which DynamoDB deletes items. */
export const seconds = () => Math.floor(Date.now() / 1000)

/** Whether an item's time is over. DynamoDB deletes it up to days later, so who reads has to look. */
export const expired = (item) => item.expires <= seconds()

/** The item with this key, or undefined. */
export async function get(table, key) {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: table, Key: toItem(key), ConsistentRead: true }),
  )
  return Item && fromItem(Item)
}

/** Stores an item. With `condition`, false if that does not hold. */
export function put(table, item, condition) {
  return conditional(
    new PutItemCommand({ TableName: table, Item: toItem(item), ...expressions({ ConditionExpression: condition }) }),
  )
}

/** Changes an item, or makes it. With `condition`, false if that does not hold. */
export function update(table, key, change, { condition, ...values }) {
  return conditional(
    new UpdateItemCommand({
      TableName: table,
      Key: toItem(key),
      ...expressions({ UpdateExpression: change, ConditionExpression: condition }, values),
    }),
  )
}

/** Deletes an item; false if there was none. */
export async function remove(table, key) {
  const { Attributes } = await client.send(
    new DeleteItemCommand({ TableName: table, Key: toItem(key), ReturnValues: 'ALL_OLD' }),
  )
  return Attributes !== undefined
}

/**
 * The items of a partition that a condition on the key finds, page by page: arrays of items, some of them empty where a
 * `filter` left nothing of a page. `#name` in an expression is the attribute `name`.
 */
export async function* pages(table, condition, { index, filter, fields, limit, descending, ...values }) {
  let from
  do {
    const { Items, LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: index,
        ConsistentRead: true,
        Limit: limit,
        ScanIndexForward: !descending,
        ExclusiveStartKey: from,
        ...expressions(
          { KeyConditionExpression: condition, FilterExpression: filter, ProjectionExpression: fields },
          values,
        ),
      }),
    )
    yield Items.map(fromItem)
    from = LastEvaluatedKey
  } while (from)
}

/** All that `pages` finds. */
export async function all(...query) {
  const items = []
  for await (const page of pages(...query)) items.push(...page)
  return items
}

/** How many items of a partition have not expired, without their contents. */
export async function countOf(table, condition, values) {
  let count = 0
  let from
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        Select: 'COUNT',
        ExclusiveStartKey: from,
        ...expressions(
          { KeyConditionExpression: condition, FilterExpression: '#expires > :now' },
          { ...values, now: seconds() },
        ),
      }),
    )
    count += page.Count
    from = page.LastEvaluatedKey
  } while (from)
  return count
}

async function conditional(command) {
  try {
    await client.send(command)
    return true
  } catch (error) {
    if (error.name !== 'ConditionalCheckFailedException') throw error
    return false
  }
}

/** Expressions with their names and values: `#room = :room` with `{ room }`. */
function expressions(texts, values = {}) {
  const used = Object.entries(texts).filter(([, text]) => text)
  const names = used.flatMap(([, text]) => text.match(/#\w+/g) ?? [])
  const bound = Object.entries(toItem(values)).map(([name, value]) => [`:${name}`, value])
  return {
    ...Object.fromEntries(used),
    ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names.map((name) => [name, name.slice(1)])) }),
    ...(bound.length > 0 && { ExpressionAttributeValues: Object.fromEntries(bound) }),
  }
}

function toItem(object) {
  const known = Object.entries(object).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    known.map(([name, value]) => [name, typeof value === 'number' ? { N: String(value) } : { S: value }]),
  )
}

function fromItem(item) {
  return Object.fromEntries(Object.entries(item).map(([name, { N, S }]) => [name, N === undefined ? S : Number(N)]))
}
