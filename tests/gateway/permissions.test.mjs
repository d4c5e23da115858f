import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { identify, open } from './client.mjs'
import { fixture, refused, startGateway } from './gateway.mjs'

const folder = mkdtempSync(join(tmpdir(), 'policies-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

// Credentials of who runs the tests must not decide how functions are recognised, unless a test says so.
const noCredentials = {
  HOME: folder,
  AWS_PROFILE: '',
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  AWS_CONFIG_FILE: join(folder, 'none'),
  AWS_REGION: 'eu-central-1',
}

let files = 0
/** Writes a policy of these statements, or any text, and returns its path. */
function policy(content) {
  const file = join(folder, `policy-${(files += 1)}.json`)
  const text = typeof content === 'string' ? content : JSON.stringify({ Version: '2012-10-17', Statement: content })
  writeFileSync(file, text)
  return file
}

const allow = (Resource, Action = 'execute-api:ManageConnections') => ({ Effect: 'Allow', Action, Resource })
const arn = (method, id = '*') => `arn:aws:execute-api:eu-central-1:123456789012:gatesocket/production/${method}/@connections/${id}`

async function start(t, statements, { env, flags = [] } = {}) {
  const policies = statements.flatMap((content) => ['--policy', policy(content)])
  const args = ['--handler', fixture('commands.mjs'), '--function-name', 'my-function', '--account', '123456789012']
  return startGateway(t, [...args, ...policies, ...flags], { env: { ...noCredentials, ...env } })
}

/** Sends a command through the handler and returns what it saw. */
async function outcome(gateway, client, command) {
  const seen = gateway.outcomes ?? 0
  gateway.outcomes = seen + 1
  client.send(command)
  const lines = await gateway.log.lines(/OUTCOME/, seen + 1)
  return JSON.parse(lines[seen].replace(/^.*OUTCOME /, ''))
}

const sentence = (method, reason = '') =>
  `User: arn:aws:sts::123456789012:assumed-role/my-function-role/my-function is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:eu-central-1:********9012:gatesocket/production/${method}/@connections/{connectionId}${reason}`

test('a handler whose role lacks the permission gets the service’s 403 and sentence, and the log says what would allow it', async (t) => {
  const gateway = await start(t, [[allow(arn('POST'))]])
  const client = await open(gateway.ws)
  assert.equal((await outcome(gateway, client, 'POST')).status, 200)
  assert.equal(await client.next(), 'posted')
  for (const method of ['GET', 'DELETE', 'GET']) {
    const { name, message, status } = await outcome(gateway, client, method)
    assert.deepEqual({ name, message, status }, { name: 'AccessDeniedException', message: sentence(method), status: 403 })
  }
  const advice = (method) =>
    `my-function may not ${method}/@connections/{connectionId} (execute-api:ManageConnections): no policy of my-function-role allows it; this statement would:\n` +
    `{ "Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": "${arn(method)}" }`
  const log = gateway.log.text()
  // Once for each method, not for each call.
  for (const method of ['GET', 'DELETE']) assert.equal(log.split(advice(method)).length, 2, log)
  await client.close()

  // The statement does what it says.
  const [statement] = log.split('\n').filter((line) => line.startsWith('{ "Effect"') && line.includes('/GET/')).map((line) => JSON.parse(line))
  const helped = await start(t, [[statement]])
  const other = await open(helped.ws)
  assert.equal((await outcome(helped, other, 'GET')).status, 200)
  assert.equal((await outcome(helped, other, 'POST')).status, 403)
  await other.close()
})

test('an explicit deny wins over every allow, is told as such, and the log names the statement', async (t) => {
  const deny = { Sid: 'NoPosts', Effect: 'Deny', Action: 'execute-api:Manage*', Resource: arn('POST') }
  const gateway = await start(t, [[allow('*', '*')], [allow('*'), deny]])
  const client = await open(gateway.ws)
  assert.equal((await outcome(gateway, client, 'GET')).status, 200)
  const { name, message, status } = await outcome(gateway, client, 'POST')
  assert.deepEqual(
    { name, message, status },
    { name: 'AccessDeniedException', message: sentence('POST', ' with an explicit deny in an identity-based policy'), status: 403 },
  )
  await gateway.log.line(/my-function may not POST\/@connections\/\{connectionId\} .*: statement 2 \(NoPosts\) of policy 2 of my-function-role denies it/)
  await client.close()
})

test('policies are matched by stage, account, region and wildcards', async (t) => {
  const rows = [
    ['arn:aws:execute-api:*:*:*/*/POST/@connections/*', 200],
    ['arn:aws:execute-api:eu-central-1:123456789012:gatesocket/pro*/*', 200],
    ['arn:aws:execute-api:eu-central-1:123456789012:gatesocket/production/POST/@connections/{connectionId}', 403],
    // As many characters as an id has, and not as many as {connectionId}.
    ['arn:aws:execute-api:eu-central-1:123456789012:gatesocket/production/POST/@connections/????????????????', 403],
    ['arn:aws:execute-api:us-east-1:*:*', 403],
    ['arn:aws:execute-api:*:000000000000:*', 403],
    ['arn:aws:execute-api:*:*:gatesocket/dev/*', 403],
  ]
  for (const [resource, status] of rows) {
    const gateway = await start(t, [[allow(resource)]])
    const client = await open(gateway.ws)
    assert.equal((await outcome(gateway, client, 'POST')).status, status, resource)
    await client.close()
    await gateway.stop()
  }
})

test('conditions on the sender’s address are evaluated, and one that is not is named and allows nothing', async (t) => {
  const from = (network) => ({ ...allow('*'), Condition: { IpAddress: { 'aws:SourceIp': network } } })
  const dated = { ...allow('*'), Condition: { DateLessThan: { 'aws:CurrentTime': '2099-01-01T00:00:00Z' } } }
  for (const [statement, status] of [[from(['127.0.0.0/8', '::1/128']), 200], [from('203.0.113.0/24'), 403], [dated, 403]]) {
    const gateway = await start(t, [[statement]])
    const client = await open(gateway.ws)
    assert.equal((await outcome(gateway, client, 'POST')).status, status)
    if (statement === dated) {
      await gateway.log.line(/^note: policy 1 of my-function-role: statement 1: the condition DateLessThan on aws:CurrentTime is not evaluated here, so this Allow does not allow$/)
    }
    await client.close()
    await gateway.stop()
  }
})

test('without policies nothing is refused, and a function has credentials of its own', async (t) => {
  const gateway = await start(t, [])
  const client = await open(gateway.ws)
  const { status, key } = await outcome(gateway, client, 'POST')
  assert.equal(status, 200)
  assert.match(key, /^ASIA[A-Z2-7]{16}$/)
  await client.close()
})

test('a function that keeps the user’s credentials is recognised all the same', async (t) => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIAUSER', AWS_SECRET_ACCESS_KEY: 'secret' }
  const gateway = await start(t, [[allow(arn('GET'))]], { env })
  const client = await open(gateway.ws)
  assert.deepEqual(await outcome(gateway, client, 'GET'), { status: 200, key: 'AKIAUSER', profile: '' })
  const { name, key } = await outcome(gateway, client, 'POST')
  assert.deepEqual([name, key], ['AccessDeniedException', 'AKIAUSER'])
  await client.close()
})

test('region, account and id of the API are those of the flags', async (t) => {
  const gateway = await start(t, [[allow('arn:aws:execute-api:eu-west-3:123456789012:a1b2c3d4e5/production/POST/*')]], {
    flags: ['--region', 'eu-west-3', '--api-id', 'a1b2c3d4e5'],
  })
  const client = await open(gateway.ws)
  assert.equal((await outcome(gateway, client, 'POST')).status, 200)
  const { message } = await outcome(gateway, client, 'GET')
  assert.match(message, / on resource: arn:aws:execute-api:eu-west-3:\*{8}9012:a1b2c3d4e5\/production\/GET\/@connections\/\{connectionId\}$/)
  await client.close()
})

test('a template’s role may post, and --policy counts in addition to it', async (t) => {
  const template = fileURLToPath(new URL('../../lambda/connection-id/template.yaml', import.meta.url))
  const allowed = await startGateway(t, ['--template', template], { env: noCredentials })
  await (await identify(allowed.ws)).close()
  const deny = policy([{ Effect: 'Deny', Action: 'execute-api:ManageConnections', Resource: '*' }])
  const denied = await startGateway(t, ['--template', template, '--policy', deny], { env: noCredentials })
  const client = await open(denied.ws)
  client.send({ action: 'GET_CONNECTION_ID' })
  assert.match(await client.next(), /"message": "Internal server error"/)
  await denied.log.line(/may not POST\/@connections\/\{connectionId\} .* denies it/)
  await client.close()
  const { stderr } = await refused('--port', '0', '--template', template, '--api-id', 'x1')
  assert.match(stderr, /--api-id has no place here/)
})

test('requests from outside are not the function’s, and are let through', async (t) => {
  const gateway = await start(t, [[allow(arn('GET'))]])
  const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=AKIAOTHER/20260101/eu-central-1/execute-api/aws4_request' }
  const status = await new Promise((resolve, reject) => {
    const path = '/production/@connections/AAAAAAAAAAAAAAA%3D'
    const request = http.request({ method: 'POST', port: gateway.port, path, headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', reject).end('x')
  })
  assert.equal(status, 410)
})

for (const [name, content, message] of [
  ['that is no JSON', '{', /--policy \S+ is no JSON: EOF while parsing .* line 1/],
  ['without statements', '{}', /--policy \S+ is no IAM policy: it has no Statement/],
  ['with a wrong effect', [allow('*'), { ...allow('*'), Effect: 'allow' }], /--policy \S+: statement 2: Effect is "allow": it must be "Allow" or "Deny"/],
  ['with a principal', [{ ...allow('*'), Principal: '*' }], /--policy \S+: statement 1: Principal belongs to policies of resources/],
  ['with a key that is none', [{ ...allow('*'), Ressource: '*' }], /--policy \S+: statement 1: there is no key "Ressource"/],
  ['with a resource that is no ARN', [allow('production/*')], /statement 1: Resource has "production\/\*": a resource is written as an ARN/],
]) {
  test(`a policy ${name} ends the start with its file, statement and key`, async () => {
    const { code, stderr } = await refused('--port', '0', '--handler', fixture('commands.mjs'), '--policy', policy(content))
    assert.equal(code, 1)
    assert.match(stderr, message)
  })
}

test('a missing policy, an account and a region of another form are refused', async () => {
  for (const [flags, message] of [
    [['--policy', 'missing.json'], /--policy missing\.json cannot be read/],
    [['--account', '1234'], /12 digits/],
    [['--region', 'Frankfurt'], /such as eu-central-1/],
  ]) {
    const { code, stderr } = await refused('--port', '0', '--handler', fixture('commands.mjs'), ...flags)
    assert.notEqual(code, 0)
    assert.match(stderr, message)
  }
})
