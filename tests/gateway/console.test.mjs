import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { networkInterfaces } from 'node:os'
import test from 'node:test'
import { open } from './client.mjs'
import { consoleOf } from './console.mjs'
import { doesNotWait, fixture, refused, startGateway } from './gateway.mjs'

const handler = ['--handler', fixture('messages.mjs'), '--function-name', 'talk']
const gateway = await startGateway(test, handler)
const api = consoleOf(gateway)

/** Opens a connection and finds its id, which is the newest. */
async function connected(target = gateway, from = api) {
  const client = await open(target.ws)
  client.socket.on('error', () => {})
  const { connections } = await from.get('/connections')
  return { ...client, id: connections[0].connectionId }
}

test('the overview names endpoints, routes, functions and limits', async () => {
  const overview = await api.get('')
  const { now, ...same } = await api.get('/')
  assert.deepEqual({ now: overview.now, ...same }, overview)
  assert.equal(overview.endpoints.wss, gateway.wss)
  assert.equal(overview.endpoints.console, `http://localhost:${gateway.port}/_gateway`)
  assert.equal(overview.stage, 'production')
  assert.deepEqual(overview.routes.map(({ routeKey }) => routeKey), ['$connect', '$default', '$disconnect'])
  assert.deepEqual(overview.routes[0].integration, { type: 'AWS_PROXY', function: 'talk', timeoutMs: 29000 })
  assert.equal(overview.functions[0].name, 'talk')
  assert.equal(overview.limits.frameBytes, 32768)
  assert.equal(overview.limits.idleTimeoutMs, 600_000)
})

test('a connection is listed with its age and its traffic, and gone when it is closed', async () => {
  const client = await connected()
  client.send('{"do":"nothing"}')
  await gateway.log.line(/^END /)
  await api.post(`/connections/${client.id}/send`, { data: 'five!' })
  assert.equal(await client.next(), 'five!')
  const { messagesIn, bytesIn, messagesOut, bytesOut, sourceIp, ageMs } = await api.get(`/connections/${client.id}`)
  assert.deepEqual({ messagesIn, bytesIn, messagesOut, bytesOut }, { messagesIn: 1, bytesIn: 16, messagesOut: 1, bytesOut: 5 })
  assert.ok(sourceIp === '127.0.0.1' || sourceIp === '::1')
  assert.ok(ageMs >= 0 && ageMs < 60_000)
  await client.close()
  await gateway.log.line(new RegExp(`^disconnected ${client.id}`))
  await assert.rejects(api.get(`/connections/${client.id}`), { status: 404, code: 'unknown-connection' })
})

test('a connection is closed with the code and reason that were asked for', async () => {
  const client = await connected()
  await api.post(`/connections/${client.id}/close`, { code: 4001, reason: 'enough' })
  assert.deepEqual(await client.closed, { code: 4001, reason: 'enough' })
  await gateway.log.line(new RegExp(`^disconnected ${client.id} 4001 enough`))
})

test('a connection that is cut sees a reset and no close frame, and $disconnect reports 1006', async () => {
  const client = await connected()
  const failed = new Promise((resolve) => client.socket._socket.on('error', ({ code }) => resolve(code)))
  await api.post(`/connections/${client.id}/cut`, {})
  assert.equal(await failed, 'ECONNRESET')
  assert.deepEqual(await client.closed, { code: 1006, reason: '' })
  await gateway.log.line(new RegExp(`^disconnected ${client.id} 1006 `))
})

test('a wss connection is cut as well', async () => {
  const client = await open(gateway.wss, { ca: readFileSync(gateway.ca) })
  client.socket.on('error', () => {})
  const { connections } = await api.get('/connections')
  await api.post(`/connections/${connections[0].connectionId}/cut`, {})
  assert.equal((await client.closed).code, 1006)
})

test('a connection that is made idle is closed as after ten quiet minutes', async () => {
  const client = await connected()
  await api.post(`/connections/${client.id}/idle`, {})
  assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' })
})

test('a frozen connection neither answers nor ends until its time is up', async () => {
  const client = await connected()
  const started = Date.now()
  await api.post(`/connections/${client.id}/freeze`, { ms: 700 })
  client.socket.ping()
  await new Promise((pong) => client.socket.once('pong', pong))
  const elapsed = Date.now() - started
  assert.ok(elapsed >= 690, `the pong came after ${elapsed} ms`)
  assert.equal(client.socket.readyState, 1)
  await client.close()
})

test('a connection that is frozen for long can still be closed', async () => {
  const client = await connected()
  await api.post(`/connections/${client.id}/freeze`, { ms: 300_000 })
  await api.post(`/connections/${client.id}/close`, {})
  assert.deepEqual(await client.closed, { code: 1000, reason: '' })
})

test('a failing integration answers with the gateway frame, as often as was asked and no more', async () => {
  const client = await connected()
  const fault = await api.post('/faults', { fail: true, count: 2, routeKey: '$default' })
  assert.deepEqual((await api.get('/faults')).faults, [fault])
  for (let round = 0; round < 2; round += 1) {
    client.send('{"do":"nothing"}')
    assert.match(await client.next(), /^\{"message": "Internal server error", /)
  }
  assert.deepEqual((await api.get('/faults')).faults, [])
  await client.close()
})

test('a delayed integration answers later', async () => {
  const client = await connected()
  await api.post('/faults', { delayMs: 400, fail: true })
  const started = Date.now()
  client.send('{}')
  await client.next()
  const elapsed = Date.now() - started
  assert.ok(elapsed >= 390, `the answer came after ${elapsed} ms`)
  await client.close()
})

test('a delay beyond the integration timeout is a timeout', async (t) => {
  const own = await startGateway(t, [...handler, '--integration-timeout', '3'])
  const client = await open(own.ws)
  await consoleOf(own).post('/faults', { delayMs: 300_000 })
  client.send('{}')
  assert.match(await client.next(), /Internal server error/)
})

test('a failing $connect refuses the client with 502', async () => {
  await api.post('/faults', { fail: true, routeKey: '$connect' })
  await assert.rejects(open(gateway.ws), { status: 502 })
})

test('faults can be taken back, one or all', async () => {
  const first = await api.post('/faults', { fail: true })
  await api.post('/faults', { delayMs: 5 })
  assert.deepEqual(await api.delete(`/faults/${first.id}`), { removed: 1 })
  await assert.rejects(api.delete(`/faults/${first.id}`), { status: 404, code: 'unknown-fault' })
  assert.deepEqual(await api.delete('/faults'), { removed: 1 })
})

test('the event stream tells of a connection what arrives, what is sent and what the function logs', async () => {
  const client = await connected()
  const events = await api.events(`?connection=${client.id}`)
  client.send('{"do":"tell"}')
  await api.post(`/connections/${client.id}/send`, { data: 'hello' })
  const message = await events.find(({ kind }) => kind === 'message')
  assert.deepEqual([message.connectionId, message.routeKey, message.body, message.bodyBytes], [client.id, '$default', '{"do":"tell"}', 13])
  assert.match(message.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const line = await events.find(({ text }) => text.includes('CONTEXT'))
  assert.deepEqual([line.kind, line.function, line.connectionId], ['function', 'talk', client.id])
  assert.ok(line.text.includes(line.requestId), 'a log line carries the id of its invocation')
  assert.equal((await events.find(({ kind }) => kind === 'post')).body, 'hello')
  await client.close(4000)
  await events.find(({ kind, text }) => kind === 'event' && text.startsWith('DISCONNECT 4000'))
  await events.find(({ kind, text }) => kind === 'function' && text.startsWith('END ') && !text.includes(line.requestId))
  events.stop()
  assert.deepEqual(events.all.filter((record) => record.connectionId !== client.id), [])
})

test('a stream goes on after Last-Event-ID, and starts anew after the id of another run', async () => {
  const client = await connected()
  await client.close()
  const first = await api.events('')
  await first.find(({ kind, connectionId }) => kind === 'disconnected' && connectionId === client.id)
  first.stop()
  const [, second, third] = first.all
  const resumed = await api.events('', { 'last-event-id': second.id })
  assert.equal((await resumed.find(() => true)).id, third.id)
  resumed.stop()
  const anew = await api.events('', { 'last-event-id': '00000000-99' })
  assert.equal((await anew.find(() => true)).id, first.all[0].id)
  anew.stop()
  const now = await api.events('?from=now')
  const next = await connected()
  assert.equal((await now.find(({ connectionId }) => connectionId)).connectionId, next.id)
  now.stop()
  await next.close()
})

test('of a long message the first 2 KB are kept, with its length', async () => {
  const client = await connected()
  const events = await api.events(`?connection=${client.id}`)
  client.send('x'.repeat(30_000))
  const message = await events.find(({ kind }) => kind === 'message')
  assert.deepEqual([message.body.length, message.bodyBytes], [2048, 30_000])
  events.stop()
  await client.close()
})

test('no token of a $connect request is in the console or in the log', async () => {
  const client = await open(`${gateway.ws}?token=s3cr3t-query`, {
    headers: { authorization: 'Bearer s3cr3t-bearer', cookie: 'sid=s3cr3t-cookie', 'x-team-key': 's3cr3t-key' },
  })
  const { connections } = await api.get('/connections')
  const events = await api.events(`?connection=${connections[0].connectionId}`)
  const { body } = await events.find(({ text }) => text === 'CONNECT')
  assert.match(body, /^authorization: \(hidden\)$/im)
  assert.match(body, /^\?token=\(hidden\)$/m)
  assert.match(body, /^Host: localhost:\d+$/im)
  await client.close()
  await events.find(({ kind }) => kind === 'disconnected')
  events.stop()
  assert.doesNotMatch(JSON.stringify(events.all), /s3cr3t/)
  assert.doesNotMatch(gateway.log.text(), /s3cr3t/)
})

for (const [name, path, body, sentence] of [
  ['a send without data', '/connections/ID/send', {}, /missing field `data`/],
  ['a close code that may not be sent', '/connections/ID/close', { code: 1006 }, /1000-1003/],
  ['a reason that is too long for a close frame', '/connections/ID/close', { reason: 'x'.repeat(124) }, /123 bytes/],
  ['an unknown field', '/connections/ID/cut', { soon: true }, /unknown field `soon`/],
  ['a freeze without end', '/connections/ID/freeze', { ms: 1e9 }, /300000/],
  ['a fault that does nothing', '/faults', {}, /delayMs above 0, or fail: true/],
  ['a fault of no route', '/faults', { fail: true, routeKey: 'nope' }, /routeKey is one of \$connect, \$default, \$disconnect/],
  ['a fault that never comes', '/faults', { fail: true, count: 0 }, /count is from 1/],
  ['something that is no object', '/faults', 'x', /not as it should be/],
]) {
  test(`${name} is answered 400 with a sentence`, async () => {
    const client = await connected()
    await assert.rejects(api.post(path.replace('ID', client.id), body), (error) => {
      assert.deepEqual([error.status, error.code], [400, 'bad-request'])
      assert.match(error.message, sentence)
      return true
    })
    await client.close()
  })
}

test('unknown paths and methods are told apart', async () => {
  await assert.rejects(api.get('/nothing'), { status: 404, code: 'not-found' })
  await assert.rejects(api.delete('/connections'), { status: 405, code: 'method-not-allowed' })
  await assert.rejects(api.post('/connections/x=/cut', {}), { status: 404, code: 'unknown-connection' })
})

test('a message that is larger than the service takes is refused with 413', async () => {
  const client = await connected()
  const path = `/connections/${client.id}/send`
  await assert.rejects(api.post(path, { data: 'x'.repeat(128 * 1024 + 1) }), { status: 413 })
  await api.post(path, { data: '\u0001'.repeat(128 * 1024) })
  assert.equal((await client.next()).length, 128 * 1024)
  await client.close()
})

/** A request with exactly these headers: its status and the code of its JSON. */
function raw({ method = 'POST', path = '/_gateway/api/faults', headers = {}, body = '{"fail":true}', address = '127.0.0.1' }) {
  const all = { host: `localhost:${gateway.port}`, 'content-type': 'application/json', ...headers }
  for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name]
  return new Promise((resolve, reject) => {
    const request = http.request({ method, host: address, port: gateway.port, path, headers: all, setHost: false }, (response) => {
      let text = ''
      response.on('data', (data) => {
        text += data
        if (response.headers['content-type'] === 'text/event-stream') response.destroy()
      })
      response.on('close', () => {
        const code = response.headers['content-type'] === 'application/json' ? JSON.parse(text).code : undefined
        resolve({ status: response.statusCode, code, headers: response.headers, text })
      })
    })
    request.on('error', reject)
    request.end(method === 'POST' ? body : undefined)
  })
}

test('a request with all that it needs is taken', async () => {
  const origin = `http://localhost:${gateway.port}`
  assert.equal((await raw({})).status, 201)
  assert.equal((await raw({ headers: { origin, 'sec-fetch-site': 'same-origin' } })).status, 201)
  assert.equal((await raw({ method: 'GET', path: '/_gateway/api/events', headers: { 'sec-fetch-site': 'same-origin' } })).status, 200)
  await api.delete('/faults')
})

for (const [name, request, code] of [
  ['a name that was rebound to this machine', { headers: { host: 'attacker.example:PORT' } }, 'wrong-host'],
  ['our name with another port', { headers: { host: 'localhost:1' } }, 'wrong-host'],
  ['no port', { headers: { host: 'localhost' } }, 'wrong-host'],
  ['another origin', { headers: { origin: 'https://attacker.example' } }, 'cross-origin'],
  ['another port of this machine', { headers: { origin: 'http://localhost:5173' } }, 'cross-origin'],
  ['a sandboxed page', { headers: { origin: 'null' } }, 'cross-origin'],
  ['a page of another site', { headers: { 'sec-fetch-site': 'cross-site' } }, 'cross-origin'],
  ['a page of the same site', { headers: { 'sec-fetch-site': 'same-site' } }, 'cross-origin'],
  ['a tunnel or proxy', { headers: { 'x-forwarded-for': '192.0.2.1' } }, 'not-local'],
  ['a form', { headers: { 'content-type': 'text/plain' } }, 'not-json'],
  ['a request without type', { headers: { 'content-type': undefined } }, 'not-json'],
  ['a stream for another origin', { method: 'GET', path: '/_gateway/api/events', headers: { origin: 'https://attacker.example' } }, 'cross-origin'],
  ['a stream for another site', { method: 'GET', path: '/_gateway/api/events', headers: { 'sec-fetch-site': 'cross-site' } }, 'cross-origin'],
  ['the page under another name', { method: 'GET', path: '/_gateway', headers: { host: 'attacker.example:PORT' } }, 'wrong-host'],
  ['a DELETE of another origin', { method: 'DELETE', headers: { origin: 'https://attacker.example' } }, 'cross-origin'],
]) {
  test(`${name} is refused`, async () => {
    if (request.headers.host) request.headers.host = request.headers.host.replace('PORT', gateway.port)
    const answer = await raw(request)
    assert.deepEqual([answer.status, answer.code], [code === 'not-json' ? 415 : 403, code])
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
    assert.deepEqual((await api.get('/faults')).faults, [])
  })
}

test('a preflight is granted nothing', async () => {
  const { status, headers } = await raw({ method: 'OPTIONS', headers: { origin: 'https://attacker.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } })
  assert.equal(status, 403)
  assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('access-control-')), [])
})

test('every answer forbids frames, sniffing and foreign script, and the page’s nonce is used once', async () => {
  const policies = []
  for (const path of ['/_gateway', '/_gateway', '/_gateway/api', '/_gateway/nothing']) {
    const { headers, text } = await raw({ method: 'GET', path })
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['cache-control'], 'no-store')
    assert.match(headers['content-security-policy'], /^default-src 'none';.*frame-ancestors 'none'$/)
    policies.push(headers['content-security-policy'])
    assert.doesNotMatch(text, /(?:src|href)="?https?:/)
  }
  assert.match(policies[0], /script-src 'nonce-[0-9a-f]{32}'; style-src 'nonce-[0-9a-f]{32}'/)
  assert.notEqual(policies[0], policies[1])
})

test('the console answers over https as well', async () => {
  const ca = readFileSync(gateway.ca)
  const status = await new Promise((resolve, reject) => {
    https.get(`https://localhost:${gateway.port}/_gateway`, { ca }, (response) => resolve(response.resume().statusCode)).on('error', reject)
  })
  assert.equal(status, 200)
})

const outside = Object.values(networkInterfaces()).flat().find(({ internal, family }) => !internal && family === 'IPv4')
test('a gateway that listens on every address shows its console on loopback only', { skip: !outside && 'this machine has only loopback addresses' }, async (t) => {
  const own = await startGateway(t, [...handler, '--host', '0.0.0.0'])
  const ask = async (host) => {
    const response = await new Promise((resolve, reject) => http.get({ host, port: own.port, path: '/_gateway', headers: { host: `localhost:${own.port}` } }, resolve).on('error', reject))
    return response.resume().statusCode
  }
  assert.equal(await ask('127.0.0.1'), 200)
  assert.equal(await ask(outside.address), 403)
})

test('--no-console turns page, API and records off', async (t) => {
  const own = await startGateway(t, [...handler, '--no-console'])
  assert.equal(own.console, null)
  for (const path of ['', '/', '/api', '/api/events']) {
    const response = await fetch(`http://localhost:${own.port}/_gateway${path}`)
    assert.equal(response.status, 403)
    assert.deepEqual(await response.json(), { message: 'Forbidden' })
  }
})

test('a stage cannot be called _gateway', async () => {
  const { code, stderr } = await refused('--port', '0', ...handler, '--stage', '_gateway')
  assert.equal(code, 1)
  assert.match(stderr, /^error: the stage cannot be called _gateway: the console is there/)
})

test('event streams are bounded, and one that ends makes room', async () => {
  const streams = []
  const refusal = await (async () => {
    for (let count = 0; count < 100; count += 1) {
      try {
        streams.push(await api.events('?from=now'))
      } catch (error) {
        return error
      }
    }
  })()
  assert.deepEqual([refusal?.status, refusal?.code], [503, 'too-many-streams'])
  for (const stream of streams) stream.stop()
  for (;;) {
    const stream = await api.events('?from=now').catch(() => null)
    if (stream) {
      stream.stop()
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('a stop ends event streams and frozen connections without waiting for them', (t) =>
  doesNotWait(async () => {
    const own = await startGateway(t, handler)
    const events = await consoleOf(own).events('')
    const client = await connected(own, consoleOf(own))
    await consoleOf(own).post(`/connections/${client.id}/freeze`, { ms: 300_000 })
    const started = Date.now()
    assert.equal((await own.stop('SIGINT')).code, 0)
    const elapsed = Date.now() - started
    assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' })
    await events.ended
    return elapsed
  }))
