import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { identify, open } from './client.mjs'
import { connectionIdHandler, startGateway } from './gateway.mjs'

const gateway = await startGateway(test, ['--handler', connectionIdHandler])

test('a client that asks gets its connectionId from an unchanged handler', async () => {
  const client = await open(gateway.ws)
  client.send({ action: 'GET_CONNECTION_ID' })
  const text = await client.next()
  assert.match(text, /^\{"connectionId":"[\w-]{15}="\}$/)
  await client.close()
})

test('the stage is found with and without a slash after it', async () => {
  const client = await identify(gateway.ws.replace(/\/$/, ''))
  assert.equal(client.connectionId.length, 16)
  await client.close()
})

test('over wss a client that trusts the authority gets its connectionId', async () => {
  const client = await identify(gateway.wss, { ca: readFileSync(gateway.ca) })
  assert.equal(client.connectionId.length, 16)
  await client.close()
})

test('over wss a client that does not trust the authority refuses', async () => {
  await assert.rejects(open(gateway.wss), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
})

test('127.0.0.1 and ::1 reach the gateway, and the handler answers both', async () => {
  for (const host of ['127.0.0.1', '[::1]']) {
    const client = await identify(gateway.wss.replace('localhost', host), { ca: readFileSync(gateway.ca) })
    assert.equal(client.connectionId.length, 16)
    await client.close()
  }
})

test('ECHO comes back with its data', async () => {
  const client = await open(gateway.ws)
  client.send({ action: 'ECHO', data: { text: 'grüß dich', list: [1, null] } })
  assert.equal(await client.next(), '{"echo":{"text":"grüß dich","list":[1,null]}}')
  await client.close()
})

test('every connection has an id of its own, and answers reach the one that asked', async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, () => identify(gateway.ws)))
  assert.equal(new Set(clients.map((client) => client.connectionId)).size, 10)
  clients.forEach((client, index) => client.send({ action: 'ECHO', data: index }))
  const echoes = await Promise.all(clients.map((client) => client.next()))
  assert.deepEqual(echoes, clients.map((_, index) => `{"echo":${index}}`))
  await Promise.all(clients.map((client) => client.close()))
})

test('messages that the backend does not know are accepted in silence', async () => {
  const client = await open(gateway.ws)
  for (const message of ['not json', 'null', '[]', '{"action":"ANOTHER"}', '""']) client.send(message)
  client.send({ action: 'ECHO', data: 'last' })
  assert.equal(await client.next(), '{"echo":"last"}')
  await client.close()
})
