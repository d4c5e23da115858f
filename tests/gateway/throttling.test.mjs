import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const start = (t, ...args) => startGateway(t, ['--handler', fixture('events.mjs'), ...args])
const refusal = (url) => open(url).then(() => assert.fail('the upgrade was accepted'), (error) => error)

test('one new connection too many is refused with 429, and the next second admits another', async (t) => {
  const gateway = await start(t, '--connection-rate', '1:3')
  // More than a slow machine is allowed while it opens them.
  const tried = await Promise.allSettled(Array.from({ length: 20 }, () => open(gateway.ws)))
  const clients = tried.flatMap(({ value }) => value ?? [])
  assert.ok(clients.length >= 3)
  const refusals = tried.flatMap(({ reason }) => reason ?? [])
  assert.ok(refusals.length > 0)
  for (const { status, body } of refusals) assert.deepEqual([status, body], [429, '{"message":"Too Many Requests"}'])
  await gateway.log.line(/refused .* 429 .*--connection-rate/)
  clients[0].send('those that are open go on')
  await gateway.log.line(/"body":"those that are open go on"/)
  let again
  while (!again) again = await open(gateway.ws).catch(() => undefined)
  await Promise.all([...clients, again].map((client) => client.close()))
})

test('one message too many of a client closes that client with 1008', async (t) => {
  const gateway = await start(t, '--message-rate', '0:3')
  const [greedy, modest] = await Promise.all([open(`${gateway.ws}?who=greedy`), open(gateway.ws)])
  for (const index of [1, 2, 3, 4]) greedy.send(`greedy ${index}`)
  assert.equal((await greedy.closed).code, 1008)
  await gateway.log.line(/"disconnectStatusCode":1008/)
  await gateway.log.line(/"body":"greedy 3"/)
  assert.doesNotMatch(gateway.log.text(), /"body":"greedy 4"/)
  modest.send('modest')
  await gateway.log.line(/"body":"modest"/)
  await modest.close()
})

const frame = /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/

test('a message over the account’s rate is answered with a gateway frame, and the connection stays open', async (t) => {
  const gateway = await start(t, '--request-rate', '0:3')
  const client = await open(gateway.ws) // $connect is a request as well.
  for (const index of [1, 2, 3]) client.send(`message ${index}`)
  assert.match(await client.next(), frame)
  await gateway.log.line(/throttled [\w=-]+ \$default/)
  client.socket.ping()
  await once(client.socket, 'pong')
  assert.equal((await refusal(gateway.ws)).status, 429)
  await client.close()
  // $disconnect is no request of a client.
  await gateway.log.line(/"eventType":"DISCONNECT"/)
})

test('a route has the limit of its own, others that of the stage', async (t) => {
  const routes = ['$connect', '$default', 'busy'].flatMap((key) => ['--route', key])
  const gateway = await start(t, ...routes, '--stage-throttle', '0:2', '--route-throttle', 'busy=0:4')
  const client = await open(gateway.ws)
  const answers = []
  client.socket.on('message', (data) => answers.push(String(data)))
  for (let index = 0; index < 6; index++) client.send({ action: 'busy', index })
  for (let index = 0; index < 6; index++) client.send(`default ${index}`)
  client.socket.ping()
  await once(client.socket, 'pong')
  await gateway.log.lines(/throttled [\w=-]+ busy/, 2)
  await gateway.log.lines(/throttled [\w=-]+ \$default/, 4)
  await gateway.log.lines(/"eventType":"MESSAGE"/, 6)
  await client.close()
  assert.equal(answers.length, 6)
  assert.equal(gateway.log.text().match(/"eventType":"MESSAGE"/g).length, 6)
})
