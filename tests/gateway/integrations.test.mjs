import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import test from 'node:test'
import { open } from './client.mjs'
import { consoleOf } from './console.mjs'
import { refused, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /

// A web server that tells what it was asked, or does what the path says.
const requests = []
const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  const { method, url, headers } = request
  requests.push({ method, url, headers, body })
  if (url === '/hang') return
  if (url === '/redirect') response.writeHead(302, { location: '/elsewhere' })
  if (url === '/status') response.statusCode = Number(JSON.parse(body).status)
  if (url === '/large') return response.end('x'.repeat(128 * 1024 + 1))
  if (url === '/reset') return request.socket.destroy()
  response.end(`${method} ${url} ${body}`)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
test.after(() => {
  server.closeAllConnections()
  server.close()
})

/** Flags of an HTTP_PROXY route whose answer reaches the client. */
const proxied = (key, target) => ['--http', `${key}=${target}`, '--route-response', key]

test('HTTP_PROXY sends a message to a web server and its answer to the client', async (t) => {
  const gateway = await startGateway(t, [...proxied('$default', `POST ${origin}/chat?a=b`), '--http', `quiet=PUT ${origin}/quiet`])
  const client = await open(gateway.ws)
  client.send('{"action":"hello","text":"é"}')
  assert.equal(await client.next(), 'POST /chat?a=b {"action":"hello","text":"é"}')
  const { routes } = await consoleOf(gateway).get('')
  assert.equal(routes.find(({ routeKey }) => routeKey === '$default').integration.uri, `${origin}/chat`, 'without what may be secret')
  const { headers } = requests.at(-1)
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['user-agent'], 'AmazonAPIGateway_gatesocket')
  assert.equal(headers.host, new URL(origin).host)
  // Nothing comes back from a route without a route response: the next message is that of the next question.
  client.send('{"action":"quiet"}')
  client.send('no JSON')
  assert.equal(await client.next(), 'POST /chat?a=b no JSON')
  await client.close()
})

test('a web server that answers any status answers the message', async (t) => {
  const gateway = await startGateway(t, proxied('$default', `POST ${origin}/status`))
  const client = await open(gateway.ws)
  for (const status of [200, 404, 500]) {
    client.send({ status })
    assert.equal(await client.next(), `POST /status {"status":${status}}`)
  }
  await client.close()
})

test('a redirect is an answer and is not followed', async (t) => {
  const gateway = await startGateway(t, proxied('$default', `GET ${origin}/redirect`))
  const client = await open(gateway.ws)
  client.send('x')
  assert.equal(await client.next(), 'GET /redirect ')
  assert.ok(!requests.some(({ url }) => url === '/elsewhere'))
  await client.close()
})

test('a web server at $connect decides whether a client may connect', async (t) => {
  const gateway = await startGateway(t, ['--http', `$connect=GET ${origin}/redirect`, '--mock', '$default=x'])
  await assert.rejects(open(gateway.ws), { status: 302 })
  const open_ = await startGateway(t, ['--http', `$connect=GET ${origin}/fine`, '--mock', '$default=x'])
  await (await open(open_.ws)).close()
})

test('a web server that cannot be reached is an internal error, and the log says which', async (t) => {
  const gateway = await startGateway(t, ['--http', 'gone=POST http://127.0.0.1:1/x?token=secret', '--http', `reset=POST ${origin}/reset`])
  const client = await open(gateway.ws)
  for (const action of ['gone', 'reset']) {
    client.send({ action })
    assert.match(await client.next(), error)
  }
  await gateway.log.line(/^gone: http:\/\/127\.0\.0\.1:1\/x cannot be reached: /)
  assert.ok(!gateway.log.text().includes('secret'))
  await client.close()
})

test('a web server that does not answer in time is an internal error, and the connection goes on', async (t) => {
  const gateway = await startGateway(t, ['--http', `hang=POST ${origin}/hang`, ...proxied('other', `POST ${origin}/other`), '--integration-timeout', '1'])
  const client = await open(gateway.ws)
  client.send({ action: 'hang' })
  assert.match(await client.next(), error)
  await gateway.log.line(/^hang: the integration did not answer within 1 s$/)
  client.send({ action: 'other' })
  assert.match(await client.next(), /^POST \/other/)
  await client.close()
})

test('a connection has 128 invocations under way at most, and its next message is read when one ends', async (t) => {
  const held = []
  const slow = createServer((request, response) => held.push(response)).listen(0, '127.0.0.1')
  t.after(() => {
    slow.closeAllConnections()
    slow.close()
  })
  await once(slow, 'listening')
  const gateway = await startGateway(t, ['--http', `$default=POST http://127.0.0.1:${slow.address().port}/`])
  const client = await open(gateway.ws)
  const arrived = async (count) => {
    while (held.length < count) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  for (let sent = 0; sent < 200; sent += 1) client.send(String(sent))
  await arrived(128)
  // The rest would follow at once: another connection shows that the gateway has time.
  const other = await open(gateway.ws)
  other.send('from another connection')
  await arrived(129)
  assert.equal(held.length, 129)
  held[0].end()
  await arrived(130)
  for (let answered = 1; answered < 201; answered += 1) {
    await arrived(answered + 1)
    held[answered].end()
  }
  await client.close()
  await other.close()
})

test('an answer over 128 KB is an internal error', async (t) => {
  const gateway = await startGateway(t, proxied('$default', `POST ${origin}/large`))
  const client = await open(gateway.ws)
  client.send('x')
  assert.match(await client.next(), error)
  await client.close()
})

test('an address can have stage variables in it', async (t) => {
  const host = new URL(origin).host
  const gateway = await startGateway(t, [...proxied('$default', 'POST http://${stageVariables.host}/of/${stageVariables.env}'), '--stage-variable', `host=${host}`, '--stage-variable', 'env=test'])
  const client = await open(gateway.ws)
  client.send('x')
  assert.equal(await client.next(), 'POST /of/test x')
  await client.close()
})

test('the gateway itself speaks https to a web server whose authority it is told to trust', async (t) => {
  // Another gateway's management API is a web server with a certificate of its own.
  const backend = await startGateway(t, ['--mock', '$default=x'])
  const gateway = await startGateway(t, proxied('$default', `GET ${backend.https}/not-an-id`), { env: { SSL_CERT_FILE: backend.ca } })
  const client = await open(gateway.ws)
  client.send('x')
  assert.match(await client.next(), /Invalid connectionId: not-an-id/)
  await client.close()
  const distrustful = await startGateway(t, ['--http', `$default=GET ${backend.https}/x`], { env: { SSL_CERT_FILE: gateway.ca } })
  const other = await open(distrustful.ws)
  other.send('x')
  assert.match(await other.next(), error)
  await distrustful.log.line(/cannot be reached: .*certificate/i)
  await other.close()
})

test('MOCK answers without any function', async (t) => {
  const gateway = await startGateway(t, ['--mock', 'ping={"pong":true}', '--mock', '$default=', '--mock', '$connect=not a message'])
  const client = await open(gateway.ws)
  client.send({ action: 'ping' })
  assert.equal(await client.next(), '{"pong":true}')
  client.send('anything')
  assert.equal(await client.next(), '')
  await client.close()
})

test('a template of MOCK makes its answer of the message, the request and the stage', async (t) => {
  const template = `#set($m = $input.path('$.message')){"id":"$context.connectionId","route":"$context.routeKey","from":"$context.identity.sourceIp","table":"$stageVariables.table","text":$input.json('$.message.text'),"names":[#foreach($n in $m.names)"$n.toUpperCase()"#if($foreach.hasNext),#end#end]}`
  const gateway = await startGateway(t, ['--mock', `echo=${template}`, '--stage-variable', 'table=cats'])
  const client = await open(gateway.ws)
  client.send({ action: 'echo', text: 'a "quoted" é', names: ['rex', 'tom'] })
  const { id, ...rest } = JSON.parse(await client.next())
  assert.match(id, /^[\w-]{15}=$/)
  assert.deepEqual(rest, { route: 'echo', from: '127.0.0.1', table: 'cats', text: 'a "quoted" é', names: ['REX', 'TOM'] })
  await client.close()
})

test('a template that fails at a message is an internal error of that message', async (t) => {
  const gateway = await startGateway(t, ['--mock', "$default=$input.path($input.path('$.message.path'))"])
  const client = await open(gateway.ws)
  client.send({ path: 'no path' })
  assert.match(await client.next(), error)
  await gateway.log.line(/^\$default: a mapping template failed: the JSONPath "no path" does not start with \$$/)
  client.send({ path: '$.message.path' })
  assert.equal(await client.next(), '$.message.path')
  await client.close()
})

test('what a template or an address cannot be is told at the start, with its route', async () => {
  for (const [flags, told] of [
    [['--mock', "a=x $input.params('y')"], /route a: .*line 1: \$input\.params is not supported/],
    [['--mock', 'a=#macro(x)#end'], /route a: .*#macro is not supported/],
    [['--mock', 'a=#if($x)'], /route a: .*an #if is not closed by #end/],
    [['--http', 'a=POST ftp://localhost/'], /route a: .*write http:\/\/HOST\/PATH/],
    [['--http', 'a=POST http://localhost/${stageVariables.none}'], /route a: .*needs the stage variable none/],
    [['--http', 'a=http://localhost/'], /has no method: write 'KEY=METHOD URL'/],
    [['--http', 'a=FETCH http://localhost/'], /route a: .*write ANY, GET, POST/],
    [['--mock', 'a=x', '--route', 'b'], /--route names a route of the handler, and there is none/],
    [['--mock', 'a=x', '--mock', 'a=y'], /the route a is described by two flags/],
  ]) {
    const { code, stderr } = await refused(...flags)
    assert.equal(code, 1, stderr)
    assert.match(stderr, told)
  }
})

test('a variable that a template never sets is told at the start and printed as it is written', async (t) => {
  const gateway = await startGateway(t, ['--mock', '$default={"$schema":1}'])
  await gateway.log.line(/^warning: route \$default: .* reads \$schema, which it never sets/)
  const client = await open(gateway.ws)
  client.send('x')
  assert.equal(await client.next(), '{"$schema":1}')
  await client.close()
})
