import assert from 'node:assert/strict'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const routed = (gateway, key, body) => gateway.log.line(new RegExp(`"routeKey":"${key.replace('$', '\\$')}".*"body":${body}`))

test('a message goes to the route its action names, others and what is no JSON to $default', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--route', 'join', '--route', '1', '--route', '$default'])
  const client = await open(gateway.ws)
  client.send('{"action":"join"}')
  client.send('{"action":1}')
  client.send('{"action":"leave"}')
  client.send('plain text')
  await routed(gateway, 'join', '"{\\\\"action\\\\":\\\\"join\\\\"}"')
  await routed(gateway, '1', '"{\\\\"action\\\\":1}"')
  await routed(gateway, '$default', '"{\\\\"action\\\\":\\\\"leave\\\\"}"')
  await routed(gateway, '$default', '"plain text"')
  await client.close()
})

test('the selection expression can name a nested field', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--route', 'on', '--route-selection-expression', '$request.body.light.state'])
  const client = await open(gateway.ws)
  client.send('{"light":{"state":"on"}}')
  await gateway.log.line(/"routeKey":"on"/)
  await client.close()
})

test('without a matching route and without $default the client gets Forbidden and stays connected', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--route', 'join'])
  const client = await open(gateway.ws)
  for (const message of ['{"action":"leave"}', 'no json', '{"action":"$disconnect"}']) {
    client.send(message)
    assert.match(await client.next(), /^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/)
  }
  client.send('{"action":"join"}')
  await gateway.log.line(/"routeKey":"join"/)
  await client.close()
})

test('a client that floods without reading is slowed down and loses no answer', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--route', 'join'])
  const client = await open(gateway.ws)
  client.socket.pause()
  for (let index = 0; index < 5000; index += 1) client.send('x')
  client.socket.resume()
  for (let index = 0; index < 5000; index += 1) assert.match(await client.next(), /"Forbidden"/)
  await client.close()
})
