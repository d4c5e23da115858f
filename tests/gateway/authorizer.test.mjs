import assert from 'node:assert/strict'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, refused, startGateway } from './gateway.mjs'

const gateway = await startGateway(test, [
  '--handler', fixture('events.mjs'),
  '--authorizer', fixture('authorizer.mjs'),
  '--identity-source', 'route.request.querystring.token',
  '--identity-source', 'route.request.header.x-tenant',
])

const url = (query) => `${gateway.ws}?${new URLSearchParams({ token: 'abc', ...query })}`
const headers = { 'X-Tenant': 'blue' }
const refusal = (address, options = { headers }) => open(address, options).then(() => assert.fail('the upgrade was accepted'), (error) => error)
const parsed = (line) => JSON.parse(line.slice(line.indexOf('{')))
const body = (message) => new RegExp(`^\\{"message": "${message}", "connectionId":"[\\w-]{15}=", "requestId":"[\\w-]{15}="\\}$`)

test('what an authorizer says is in every later event, as text, before the event type', async () => {
  const client = await open(url({ token: 'events' }), { headers })
  client.send('hello')
  await gateway.log.line(/EVENT .*"eventType":"MESSAGE"/)
  await client.close()
  for (const [type, before] of [['CONNECT', ['routeKey']], ['MESSAGE', ['routeKey', 'messageId']], ['DISCONNECT', ['routeKey', 'disconnectStatusCode']]]) {
    const { requestContext } = parsed(await gateway.log.line(new RegExp(`EVENT .*"eventType":"${type}"`)))
    assert.deepEqual(Object.keys(requestContext).slice(0, before.length + 2), [...before, 'authorizer', 'eventType'])
    const { integrationLatency, ...authorizer } = requestContext.authorizer
    assert.deepEqual(authorizer, { principalId: 'user events', team: 'red', level: '7', admin: 'false' })
    assert.ok(Number.isInteger(integrationLatency) && integrationLatency >= 0, String(integrationLatency))
  }
})

test('an authorizer receives the event of a WebSocket REQUEST authorizer', async () => {
  const client = await open(url({ token: 'asked' }), { headers })
  await client.close()
  const event = parsed(await gateway.log.line(/AUTHORIZER .*"token":"asked"/))
  assert.deepEqual(Object.keys(event), [
    'type', 'methodArn', 'headers', 'multiValueHeaders', 'queryStringParameters', 'multiValueQueryStringParameters',
    'stageVariables', 'requestContext',
  ])
  assert.equal(event.type, 'REQUEST')
  assert.match(event.methodArn, /^arn:aws:execute-api:[a-z]+-[a-z]+-\d:\d{12}:\w+\/production\/\$connect$/)
  assert.equal(event.headers['X-Tenant'], 'blue')
  assert.deepEqual([event.headers.Connection, event.headers.Upgrade, event.headers['content-length']], ['upgrade', 'websocket', '0'])
  assert.deepEqual(event.multiValueHeaders['X-Tenant'], ['blue'])
  assert.deepEqual(event.stageVariables, {})
  assert.deepEqual(Object.keys(event.requestContext), [
    'routeKey', 'eventType', 'extendedRequestId', 'requestTime', 'messageDirection', 'stage', 'connectedAt', 'requestTimeEpoch',
    'identity', 'requestId', 'domainName', 'connectionId', 'apiId',
  ])
  const connect = parsed(await gateway.log.line(/EVENT .*"token":"asked"/))
  assert.equal(connect.requestContext.requestId, event.requestContext.requestId)
  assert.equal(connect.requestContext.connectionId, event.requestContext.connectionId)
})

test('a missing or empty identity source is 401 before the authorizer is asked', async () => {
  for (const [address, options] of [
    [gateway.ws, { headers }],
    [`${gateway.ws}?token=&who=nobody`, { headers }],
    [`${gateway.ws}?token=nobody`, {}],
    [`${gateway.ws}?token=nobody`, { headers: { 'x-tenant': '' } }],
    [`${gateway.ws}?Token=nobody`, { headers }],
  ]) {
    const { status, body: text } = await refusal(address, options)
    assert.equal(status, 401, address)
    assert.match(text, body('Unauthorized'))
  }
  await gateway.log.line(/refused .* 401 .*the identity source route\.request\.header\.x-tenant is missing or empty/)
  assert.doesNotMatch(gateway.log.text(), /AUTHORIZER .*nobody/)
})

test('an authorizer that throws Unauthorized is 401, any other error is 500', async () => {
  assert.equal((await refusal(url({ token: 'unauthorized' }))).status, 401)
  const { status, body: text } = await refusal(url({ token: 'broken' }))
  assert.equal(status, 500)
  assert.match(text, body('Internal server error'))
  await gateway.log.line(/^refused .* 500 .*: the authorizer failed: it threw an error$/)
  assert.equal((await refusal(url({ token: 'exit' }))).status, 500)
  await gateway.log.line(/^refused .* 500 .*: the authorizer failed: its process ended$/)
})

test('an authorizer that calls back with Unauthorized is 401', async (t) => {
  const other = await startGateway(t, ['--handler', fixture('events.mjs'), '--authorizer', `${fixture('authorizer.mjs')}:callback`])
  assert.equal((await refusal(other.ws, {})).status, 401)
})

test('the policy is matched against the method ARN, with wildcards', async () => {
  for (const resource of ['*', 'arn:aws:execute-api:*:*:*/*/$connect', 'arn:aws:execute-api:*:*:*/production/$*', 'arn:aws:execute-api:*:*:*/production/?connect']) {
    await (await open(url({ resource }), { headers })).close()
  }
  for (const resource of ['arn:aws:execute-api:*:*:*/dev/$connect', 'arn:aws:execute-api:*:*:*/production/connect', 'arn:aws:execute-api:us-moon-1:*:*/*/$connect']) {
    const { status, body: text } = await refusal(url({ resource }))
    assert.equal(status, 403, resource)
    assert.match(text, body('User is not authorized to access this resource'))
  }
})

test('an explicit Deny is 403, also beside an Allow', async () => {
  for (const effect of ['Deny', 'both']) {
    const { status, body: text } = await refusal(url({ effect }))
    assert.equal(status, 403, effect)
    assert.match(text, body('User is not authorized to access this resource with an explicit deny'))
  }
  await (await open(url({ effect: 'both', resource: 'arn:aws:execute-api:*:*:*/other/*' }), { headers })).close()
})

test('an answer that is no policy is 500, and the log says what is wrong with it', async () => {
  const policyDocument = { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' }] }
  for (const [answer, said] of [
    ['null', /no object/],
    ['{}', /no principalId/],
    ['{"principalId":"user"}', /no policyDocument/],
    ['{"principalId":"user","policyDocument":{}}', /Statement/],
    [JSON.stringify({ principalId: 'user', policyDocument, context: { nested: {} } }), /"nested".*no string, number or boolean/],
    [JSON.stringify({ principalId: 'user', policyDocument: { Statement: [{ Effect: 'Maybe' }] } }), /500.*Effect/],
  ]) {
    assert.equal((await refusal(url({ answer }))).status, 500, answer)
    await gateway.log.line(said)
  }
})

test('a refused client leaves no connection behind and no $connect or $disconnect', async () => {
  await refusal(url({ token: 'unauthorized', who: 'refused' }))
  await refusal(url({ effect: 'Deny', who: 'refused' }))
  const client = await open(url({ who: 'last' }), { headers })
  await client.close()
  await gateway.log.line(/EVENT .*"who":"last"/)
  assert.doesNotMatch(gateway.log.text(), /EVENT .*"who":"refused"/)
})

test('stage variables are in the events of $connect and of the authorizer, and may be identity sources', async (t) => {
  const staged = await startGateway(t, [
    '--handler', fixture('events.mjs'), '--authorizer', fixture('authorizer.mjs'), '--stage-variable', 'color=red', '--stage-variable', 'shape=round',
    '--identity-source', 'stageVariables.color', '--identity-source', 'context.identity.sourceIp',
  ])
  const client = await open(`${staged.ws}?token=a`)
  const connect = parsed(await staged.log.line(/EVENT .*"CONNECT"/))
  assert.deepEqual(Object.keys(connect), [
    'headers', 'multiValueHeaders', 'queryStringParameters', 'multiValueQueryStringParameters', 'stageVariables', 'requestContext', 'isBase64Encoded',
  ])
  assert.deepEqual(connect.stageVariables, { color: 'red', shape: 'round' })
  assert.deepEqual(parsed(await staged.log.line(/AUTHORIZER/)).stageVariables, { color: 'red', shape: 'round' })
  client.send('x')
  assert.ok(!('stageVariables' in parsed(await staged.log.line(/EVENT .*"MESSAGE"/))))
  await client.close()
})

test('an authorizer that cannot be used ends the start with a sentence', async () => {
  const handler = ['--handler', fixture('events.mjs')]
  for (const [args, said] of [
    [['--authorizer', 'missing.mjs'], /--authorizer missing\.mjs: there is no such file/],
    [['--authorizer', fixture('authorizer.mjs'), '--identity-source', 'token'], /"token" is no identity source: write route\.request\.header\.NAME/],
    [['--authorizer', fixture('authorizer.mjs'), '--route', '$default'], /--authorizer guards \$connect, which is not among the routes/],
    [['--identity-source', 'route.request.header.Auth'], /--authorizer/],
    [['--stage-variable', 'a b=c'], /letters, digits and _ only/],
  ]) {
    const { code, stderr } = await refused(...handler, ...args)
    assert.notEqual(code, 0)
    assert.match(stderr, said)
  }
})
