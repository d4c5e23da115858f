import assert from 'node:assert/strict'
import test from 'node:test'
import { open } from './client.mjs'
import { consoleOf } from './console.mjs'
import { fixture, refused, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/
const handler = ['--handler', fixture('answers.mjs')]
const routes = [...handler, '--route', '$connect', '--route', '$disconnect', '--route', 'ask', '--route', 'tell', '--route-response', 'ask']
const gateway = await startGateway(test, routes)

/** Asks for an answer and resolves to the next message. */
async function ask(client, answer) {
  client.send({ action: 'ask', answer })
  return client.next()
}

test('a function\'s body reaches the client where its route has a route response, and nowhere else', async () => {
  const client = await open(gateway.ws)
  client.send({ action: 'tell', answer: { statusCode: 200, body: 'unheard' } })
  await gateway.log.line(/ANSWERS .*unheard/)
  assert.equal(await ask(client, { statusCode: 200, body: '{"heard":"é"}' }), '{"heard":"é"}')
  await client.close()
})

test('a body in base64 is sent as the text that it is', async () => {
  const client = await open(gateway.ws)
  assert.equal(await ask(client, { statusCode: 200, body: Buffer.from('é😀').toString('base64'), isBase64Encoded: true }), 'é😀')
  assert.match(await ask(client, { statusCode: 200, body: '/w==', isBase64Encoded: true }), error)
  await gateway.log.line(/^ask: the handler answered .*body is not UTF-8 text/)
  await client.close()
})

test('an answer without a body is an empty message', async () => {
  const client = await open(gateway.ws)
  assert.equal(await ask(client, { statusCode: 200 }), '')
  assert.equal(await ask(client, { statusCode: 200, body: null }), '')
  await client.close()
})

test('a body that is no string is an error, and the log says what to do', async () => {
  const client = await open(gateway.ws)
  assert.match(await ask(client, { statusCode: 200, body: { a: 1 } }), error)
  await gateway.log.line(/^ask: the handler answered .*use JSON\.stringify$/)
  await client.close()
})

test('128 KB is the longest answer, and one byte more an error', async () => {
  const client = await open(gateway.ws)
  assert.equal((await ask(client, 128 * 1024)).length, 128 * 1024)
  assert.match(await ask(client, 128 * 1024 + 1), error)
  await gateway.log.line(/^ask: the answer has 131073 bytes, and a message to a client 131072 at most$/)
  await client.close()
})

test('what $connect and $disconnect answer is no message', async () => {
  const client = await open(gateway.ws)
  assert.equal(await ask(client, { statusCode: 200, body: 'the first message' }), 'the first message')
  await client.close()
})

test('a route response of $connect is told to be of no use', async (t) => {
  const own = await startGateway(t, [...handler, '--route-response', '$connect'])
  await own.log.line(/^warning: route \$connect: its route response has no effect/)
  const client = await open(own.ws)
  client.send({ answer: { statusCode: 200, body: 'unheard' } })
  await own.log.line(/ANSWERS/)
  await client.close()
})

test('a status that is not 2xx changes nothing by default', async () => {
  const client = await open(gateway.ws)
  client.send({ action: 'tell', answer: { statusCode: 500, body: 'unheard' } })
  await gateway.log.line(/ANSWERS .*500/)
  assert.equal(await ask(client, { statusCode: 404, body: 'not here' }), 'not here')
  await client.close()
})

test('a status that is not 2xx is an error frame where that is asked for', async (t) => {
  const own = await startGateway(t, [...routes, '--non-2xx', 'error-frame'])
  const client = await open(own.ws)
  for (const action of ['tell', 'ask']) {
    client.send({ action, answer: { statusCode: 300, body: 'unheard' } })
    assert.match(await client.next(), error)
  }
  assert.equal(await ask(client, { statusCode: 299, body: 'fine' }), 'fine')
  await client.close()
})

test('messages of one connection are dealt with at once, so that a quick one overtakes a slow one', async () => {
  const client = await open(gateway.ws)
  client.send({ action: 'ask', wait: 1500, answer: { statusCode: 200, body: 'slow' } })
  client.send({ action: 'ask', answer: { statusCode: 200, body: 'quick' } })
  assert.deepEqual([await client.next(), await client.next()], ['quick', 'slow'])
  await client.close()
})

test('with --serial each message waits for the one before it, those of other connections do not', async (t) => {
  const own = await startGateway(t, [...routes, '--serial'])
  const [client, other] = [await open(own.ws), await open(own.ws)]
  client.send({ action: 'ask', wait: 1500, answer: { statusCode: 200, body: 'slow' } })
  for (const body of ['second', 'third']) client.send({ action: 'ask', answer: { statusCode: 200, body } })
  assert.equal(await ask(other, { statusCode: 200, body: 'other' }), 'other')
  assert.ok(!/ANSWERS .*second/.test(own.log.text()))
  assert.deepEqual([await client.next(), await client.next(), await client.next()], ['slow', 'second', 'third'])
  await client.close()
  await other.close()
})

test('with --serial messages that still wait when the client leaves are dealt with before $disconnect', async (t) => {
  const own = await startGateway(t, ['--handler', fixture('answers.mjs'), '--serial', '--mock', '$disconnect=x'])
  const client = await open(own.ws)
  client.send({ wait: 500, answer: { statusCode: 200, body: 'first' } })
  for (const body of ['second', 'third']) client.send({ answer: { statusCode: 200, body } })
  await client.close()
  await own.log.line(/ANSWERS .*third/)
  const order = own.log.text().match(/ANSWERS .*(first|second|third)/g).map((line) => /first|second|third/.exec(line)[0])
  assert.deepEqual(order, ['first', 'second', 'third'])
})

test('with --serial a connection that is cut ends at once, though messages of it still wait', async (t) => {
  const own = await startGateway(t, ['--handler', fixture('answers.mjs'), '--serial'])
  const client = await open(own.ws)
  client.socket.on('error', () => {}) // The reset.
  client.send({ wait: 10_000, answer: { statusCode: 200, body: 'first' } })
  client.send({ answer: { statusCode: 200, body: 'second' } })
  const operator = consoleOf(own)
  const arrived = async () => (await operator.get('/connections')).connections[0].messagesIn
  while ((await arrived()) < 2) await new Promise((resolve) => setTimeout(resolve, 10))
  const { connections } = await operator.get('/connections')
  await operator.post(`/connections/${connections[0].connectionId}/cut`, {})
  const since = Date.now()
  assert.equal((await client.closed).code, 1006)
  assert.ok(Date.now() - since < 9000, `${Date.now() - since} ms`)
})

test('a route response of a route that is not there is refused', async () => {
  const { code, stderr } = await refused(...handler, '--route-response', 'ask')
  assert.equal(code, 1)
  assert.match(stderr, /--route-response speaks of the route ask, which no --route, --mock or --http describes/)
})
