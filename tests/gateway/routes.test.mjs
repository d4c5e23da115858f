import assert from 'node:assert/strict'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, refused, startGateway } from './gateway.mjs'

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

test('the selection expression can put several fields and text together', async (t) => {
  const gateway = await startGateway(t, ['--mock', 'chat/join=joined', '--mock', '$default=other', '--route-selection-expression', '${request.body.service}/${request.body.action}'])
  const client = await open(gateway.ws)
  for (const [message, answer] of [
    ['{"service":"chat","action":"join"}', 'joined'],
    ['{"service":"chat"}', 'other'],
    ['{"service":["chat"],"action":"join"}', 'other'],
    ['chat/join', 'other'],
  ]) {
    client.send(message)
    assert.equal(await client.next(), answer, message)
  }
  await client.close()
})

test('what is no string selects a route by the text that Java would print', async (t) => {
  const keys = ['1', '1.5', 'true', '[a, 1]']
  const gateway = await startGateway(t, keys.flatMap((key) => ['--mock', `${key}=route ${key}`]))
  const client = await open(gateway.ws)
  for (const action of [1, 1.5, true, ['a', 1]]) {
    client.send({ action })
    assert.equal(await client.next(), `route ${Array.isArray(action) ? '[a, 1]' : action}`)
  }
  await client.close()
})

test('a selection expression that no message can answer is refused with what to write', async () => {
  for (const expression of ['$context.routeKey', '$request.header.x', '$request.body', 'action']) {
    const { code, stderr } = await refused('--mock', 'a=b', '--route-selection-expression', expression)
    assert.equal(code, 2)
    assert.match(stderr, /\$request\.body\.NAME/)
  }
})

test('without a matching route and without $default the client gets Forbidden and stays connected', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('events.mjs'), '--route', 'join'])
  const client = await open(gateway.ws)
  for (const message of ['{"action":"leave"}', 'no json', '{"action":"$disconnect"}']) {
    client.send(message)
    assert.match(await client.next(), /^\{"message": "Forbidden", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/)
  }
  await gateway.log.lines(/^Forbidden: the message selects none of join, and there is no \$default$/, 3)
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
