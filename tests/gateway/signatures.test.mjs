import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const folder = mkdtempSync(join(tmpdir(), 'signatures-'))
test.after(() => rmSync(folder, { recursive: true, force: true }))

const user = { accessKeyId: 'AKIAUSER', secretAccessKey: 'secret-of-the-user', sessionToken: 'token-of-the-user' }
const env = {
  HOME: folder,
  AWS_PROFILE: '',
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  AWS_CONFIG_FILE: join(folder, 'none'),
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: user.accessKeyId,
  AWS_SECRET_ACCESS_KEY: user.secretAccessKey,
  AWS_SESSION_TOKEN: user.sessionToken,
}
const args = ['--handler', fixture('commands.mjs'), '--verify-signatures']
const gateway = await startGateway(test, args, { env })
const ca = readFileSync(gateway.ca)
const never = 'AAAAAAAAAAAAAA-='

/** An SDK client of the gateway, changed by a test. */
function sdk({ credentials = user, region = 'us-east-1', change, ...options } = {}) {
  const client = new ApiGatewayManagementApiClient({
    endpoint: gateway.https.replace('/@connections', ''),
    region,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new https.Agent({ ca }) },
    ...options,
  })
  // After signing: what happens to a request on its way.
  if (change) client.middlewareStack.add((next) => (input) => next((change(input.request), input)), { step: 'finalizeRequest', priority: 'low' })
  return client
}

const failure = (client, command) => client.send(command).then(
  () => assert.fail('it was accepted'),
  ({ name, message, $metadata }) => ({ name, message, status: $metadata.httpStatusCode }),
)

const post = (Data = 'hällo') => new PostToConnectionCommand({ ConnectionId: never, Data })

test('what the SDK signs with the right secret is let through, over TLS and plain text', async () => {
  const plain = gateway.https.replace('/@connections', '').replace('https', 'http')
  for (const client of [sdk(), sdk({ endpoint: plain })]) {
    for (const Command of [PostToConnectionCommand, GetConnectionCommand, DeleteConnectionCommand]) {
      // 410 comes after the signature: this connection never was.
      const { name, status } = await failure(client, new Command({ ConnectionId: never, Data: 'x' }))
      assert.deepEqual([name, status], ['GoneException', 410])
    }
    client.destroy()
  }
})

test('a wrong secret is answered 403 InvalidSignatureException with what should have been signed', async () => {
  const { name, message, status } = await failure(sdk({ credentials: { ...user, secretAccessKey: 'wrong' } }), post())
  assert.deepEqual([name, status], ['InvalidSignatureException', 403])
  assert.match(
    message,
    /^The request signature we calculated does not match the signature you provided\. Check your AWS Secret Access Key and signing method\. Consult the service documentation for details\.\n\nThe Canonical String for this request should have been\n'POST\n\/production\/%40connections\/AAAAAAAAAAAAAA-%253D\n/,
  )
  await gateway.log.line(/^POST was refused: InvalidSignatureException/)
})

test('a request that was changed on its way is refused', async () => {
  for (const change of [
    (request) => (request.body = 'altered'),
    (request) => (request.path += 'A'),
    (request) => (request.query = { added: '1' }),
    (request) => (request.headers['x-amz-date'] = request.headers['x-amz-date'].replace(/..Z$/, (s) => (s === '00Z' ? '01Z' : '00Z'))),
  ]) {
    const { name } = await failure(sdk({ change }), post('hello'))
    assert.equal(name, 'InvalidSignatureException', String(change))
  }
})

test('a clock that is more than five minutes off is told by how much', async () => {
  // The SDK corrects its clock by the server’s answer only for the request after.
  const slow = await failure(sdk({ systemClockOffset: -6 * 60_000 }), post())
  assert.deepEqual([slow.name, slow.status], ['InvalidSignatureException', 403])
  assert.match(slow.message, /^Signature expired: (\d{8}T\d{6}Z) is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)$/)
  const fast = await failure(sdk({ systemClockOffset: 6 * 60_000 }), post())
  assert.match(fast.message, /^Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ 5 min\.\)$/)
  const near = await failure(sdk({ systemClockOffset: -4 * 60_000 }), post())
  assert.equal(near.name, 'GoneException')
})

test('an unknown key, a missing and a wrong session token are answered 403 UnrecognizedClientException', async () => {
  for (const credentials of [
    { ...user, accessKeyId: 'AKIAOTHER' },
    { ...user, sessionToken: undefined },
    { ...user, sessionToken: 'wrong' },
  ]) {
    assert.deepEqual(await failure(sdk({ credentials }), post()), {
      name: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
      status: 403,
    })
  }
})

test('a signature for another region is told so', async () => {
  const { name, message } = await failure(sdk({ region: 'eu-west-1' }), post())
  assert.deepEqual([name, message], ['InvalidSignatureException', 'Credential should be scoped to a valid region. '])
})

test('a request without a signature is answered 403 MissingAuthenticationTokenException', async () => {
  const request = (headers, path = '/production/@connections/abc') =>
    new Promise((resolve, reject) => {
      http.get({ port: gateway.port, path, headers }, (response) => {
        let text = ''
        response.on('data', (data) => (text += data))
        response.on('end', () => resolve([response.statusCode, response.headers['x-amzn-errortype'], JSON.parse(text).message]))
      }).on('error', reject)
    })
  assert.deepEqual(await request({}), [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'])
  const [status, kind, message] = await request({ authorization: 'Bearer a-token' })
  assert.deepEqual([status, kind], [403, 'IncompleteSignatureException'])
  assert.match(message, /^Invalid key=value pair \(missing equal-sign\) in Authorization header \(hashed with SHA-256 and encoded with Base64\): '[\w+/]{43}='\.$/)
  assert.doesNotMatch(gateway.log.text(), /a-token/)
})

async function outcome(gateway, command) {
  const client = await open(gateway.ws)
  client.send(command)
  const line = await gateway.log.line(/OUTCOME/)
  await client.close()
  return JSON.parse(line.replace(/^.*OUTCOME /, ''))
}

test('a handler keeps the user’s keys where they can be verified', async () => {
  assert.deepEqual(await outcome(gateway, 'POST'), { status: 200, key: user.accessKeyId, profile: '' })
})

const none = { ...env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' }

test('a handler gets keys of its own where there are no others', async (t) => {
  const { status, key } = await outcome(await startGateway(t, args, { env: none }), 'POST')
  assert.equal(status, 200)
  assert.match(key, /^ASIA/)
})

test('keys that the definition of a function sets are left out, as Lambda reserves their names, and its own are there', async (t) => {
  const given = ['--env', 'AWS_ACCESS_KEY_ID=AKIAGIVEN', '--env', 'AWS_SECRET_ACCESS_KEY=given']
  const { status, key } = await outcome(await startGateway(t, [...args, ...given], { env: none }), 'POST')
  assert.equal(status, 200)
  assert.match(key, /^ASIA/)
})

test('the policies that count are those of the key that signed, whatever else the header names', async (t) => {
  const handler = join(folder, 'keys.mjs')
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
  writeFileSync(handler, `console.log('KEYS', JSON.stringify(${JSON.stringify(names)}.map((name) => process.env[name])))\nexport const handler = async () => ({ statusCode: 200 })\n`)
  const policy = join(folder, 'policy.json')
  writeFileSync(policy, JSON.stringify({ Statement: { Effect: 'Allow', Action: 'logs:*', Resource: '*' } }))
  const strict = await startGateway(t, ['--handler', handler, '--verify-signatures', '--policy', policy], { env: none })
  const [accessKeyId, secretAccessKey, sessionToken] = JSON.parse((await strict.log.line(/KEYS/)).replace(/^.*KEYS /, ''))
  const elsewhere = { endpoint: strict.https.replace('/@connections', ''), requestHandler: { httpsAgent: new https.Agent({ ca: readFileSync(strict.ca) }) } }
  const signing = (change) => failure(sdk({ credentials: { accessKeyId, secretAccessKey, sessionToken }, change, ...elsewhere }), post())
  const another = (request) => {
    request.headers.authorization = request.headers.authorization.replace('Credential=', 'X=Credential=AKIAOTHER/, Credential=')
  }
  for (const change of [undefined, another]) {
    const { name, status } = await signing(change)
    assert.deepEqual([name, status], ['AccessDeniedException', 403])
  }
})

test('a handler gets keys of its own in the place of a profile that cannot be verified, and the log says so', async (t) => {
  const file = join(folder, 'credentials')
  writeFileSync(file, '[mine]\naws_access_key_id = AKIAMINE\naws_secret_access_key = secret\n')
  const profile = { ...none, AWS_PROFILE: 'mine', AWS_SHARED_CREDENTIALS_FILE: file }
  const replaced = await startGateway(t, args, { env: profile })
  const { status, key, profile: seen } = await outcome(replaced, 'POST')
  assert.deepEqual([status, seen], [200, undefined])
  assert.match(key, /^ASIA/)
  await replaced.log.line(/^note: your AWS credentials are in a profile .* the functions get keys of their own/)
})

test('without --verify-signatures any signature will do', async (t) => {
  const trusting = await startGateway(t, args.slice(0, 2), { env })
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = sdk({ credentials, endpoint: trusting.https.replace('/@connections', ''), requestHandler: { httpsAgent: new https.Agent({ ca: readFileSync(trusting.ca) }) } })
  assert.equal((await failure(client, post())).name, 'GoneException')
})
