import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, refused, startGateway } from './gateway.mjs'

const folder = mkdtempSync(join(tmpdir(), 'models-'))
test.after(() => rmSync(folder, { recursive: true }))

/** Writes a schema and returns its file. */
function schema(name, content) {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(content))
  return file
}

// `exclusiveMinimum: true` means something in draft 4 only.
const order = schema('order.json', {
  type: 'object',
  required: ['action', 'count'],
  properties: { count: { type: 'integer', minimum: 0, exclusiveMinimum: true } },
})

test('a message that does not meet its model is answered Bad request body, and no function sees it', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--route', 'order', '--model', `order=${order}`])
  const client = await open(gateway.ws)
  for (const message of [{ action: 'order' }, { action: 'order', count: 0 }, { action: 'order', count: 'secret' }]) {
    client.send(message)
    assert.match(await client.next(), /^\{"message" : "Bad request body", "connectionId": "[\w-]{15}=", "messageId": "[\w-]{15}="\}$/)
  }
  client.send({ action: 'order', count: 7 })
  await gateway.log.line(/"routeKey":"order".*7/)
  assert.equal(gateway.log.text().match(/"eventType":"MESSAGE"/g).length, 1)
  await gateway.log.line(/^order: Bad request body: \/count: value is less than/)
  assert.ok(!gateway.log.text().includes('secret'))
  await client.close()
})

test('a message that is no JSON meets no model', async (t) => {
  const gateway = await startGateway(t, ['--mock', '$default=fine', '--model', `$default=${order}`])
  const client = await open(gateway.ws)
  client.send('plain text')
  assert.match(await client.next(), /"Bad request body"/)
  client.send({ action: 'order', count: 1 })
  assert.equal(await client.next(), 'fine')
  await client.close()
})

test('a schema that is none ends the start with a sentence', async () => {
  const bad = schema('bad.json', { type: 'nonsense' })
  const { code, stderr } = await refused('--mock', '$default=x', '--model', `$default=${bad}`)
  assert.equal(code, 1)
  assert.match(stderr, /route \$default: the model "\$default" is no JSON schema of draft 4: /)
})
