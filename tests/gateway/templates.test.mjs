// The gateway on templates: AWS SAM, CloudFormation and serverless.yml.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { identify, open } from './client.mjs'
import { refused, startGateway } from './gateway.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const template = (path) => at(`templates/${path}`)
const env = { AWS_REGION: 'eu-west-1' }

/** Writes a template into a folder of its own, with a handler beside it, and returns its path. */
async function written(test, text, name = 'template.yaml') {
  const folder = await mkdtemp(join(tmpdir(), 'gatesocket-template-'))
  test.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, name), text)
  await writeFile(join(folder, 'index.mjs'), 'export const handler = async () => ({ statusCode: 200 })\n')
  return join(folder, name)
}

test('the template of the connection-id backend runs as it is', async (test) => {
  const gateway = await startGateway(test, ['--template', at('../../lambda/connection-id/template.yaml')])
  assert.match(gateway.ws, /\/production\/$/)
  const client = await identify(gateway.ws)
  assert.match(client.connectionId, /^.{15}=$/)
  await client.close()
  assert.doesNotMatch(gateway.log.text(), /^warning:/m)
})

test('a SAM template gives each route its function, with globals, parameters and the address of the API', async (test) => {
  const args = ['--template', template('chat/template.yaml'), '--parameter', 'Environment=prod']
  const gateway = await startGateway(test, args, { env })
  assert.match(gateway.ws, /\/prod\/$/)
  const [alice, bob] = [await open(gateway.ws), await open(gateway.ws)]
  await gateway.log.lines(/came .* to chat-prod/, 2)
  alice.send({ action: 'sendmessage', data: 1 })
  const own = JSON.parse(await alice.next())
  assert.deepEqual(own, { data: 1, from: own.from, table: 'chat-prod', stage: 'prod', memory: '256' })
  bob.send({ action: 'sendmessage', data: 2, to: own.from })
  assert.equal(JSON.parse(await alice.next()).data, 2)
  alice.send({ action: 'unknown' })
  assert.match(await alice.next(), /Forbidden/)
  await alice.close()
  await gateway.log.line(new RegExp(`left ${own.from}`))
  const log = gateway.log.text()
  assert.match(log, /sendmessage +-> SendMessage/)
  assert.match(log, /Nightly is not started/)
  assert.match(log, /not emulated: Connections \(AWS::DynamoDB::Table\)/)
  assert.doesNotMatch(log, /^warning:/m)
})

test('a parameter that its declaration rules out, or that is not declared, is refused', async () => {
  const chat = template('chat/template.yaml')
  const wrong = await refused('--template', chat, '--parameter', 'Environment=staging')
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /Environment is "staging", but must be one of dev, prod/)
  const unknown = await refused('--template', chat, '--parameter', 'Nope=1')
  assert.match(unknown.stderr, /no such parameter; it has Environment, TablePrefix/)
})

test('plain CloudFormation in JSON: an authorizer with inline code, an alias, conditions and imports', async (test) => {
  const args = ['--template', template('notices/template.json'), '--parameter', 'Greeting=hello']
  const gateway = await startGateway(test, args, { env })
  assert.match(gateway.ws, /\/beta\/$/)
  await assert.rejects(open(gateway.ws), { status: 401 })
  await assert.rejects(open(`${gateway.ws}?token=bad`), { status: 403 })
  const client = await open(`${gateway.ws}?token=good`)
  await gateway.log.line(/stage variables {"level":"3"}/)
  await client.close()
  const log = gateway.log.text()
  for (const expected of [
    /the imported value shared-secret is known to a deployed stack only/,
    /ToQueue calls arn:aws:apigateway:eu-west-1:sqs:path\/000000000000\/jobs, which is not emulated/,
    /line \d+: nothing lets API Gateway invoke Answer for the route ask/,
    /the role arn:aws:iam::123456789012:role\/shared is not described/,
    /the stage beta is served; --stage chooses among beta, live/,
  ]) {
    assert.match(log, expected)
  }
  assert.doesNotMatch(log, /route \$connect/)
})

test('--stage chooses a stage of the template', async (test) => {
  const notices = template('notices/template.json')
  const gateway = await startGateway(test, ['--template', notices, '--stage', 'live'])
  assert.match(gateway.ws, /\/live\/$/)
  const { stderr } = await refused('--template', notices, '--stage', 'gamma')
  assert.match(stderr, /--stage gamma: the template has no such stage of Notices; it has beta, live/)
})

test("SAM's own WebSocket API has its routes, its stage and its authorizer", async (test) => {
  const gateway = await startGateway(test, ['--template', template('guarded/template.yaml')])
  assert.match(gateway.ws, /\/v1\/$/)
  await assert.rejects(open(gateway.ws), { status: 401 })
  await assert.rejects(open(gateway.ws, { headers: { Auth: 'bad' } }), { status: 403 })
  const client = await open(gateway.ws, { headers: { Auth: 'good' } })
  client.send({ type: 'join' })
  assert.deepEqual(JSON.parse(await client.next()), { routeKey: 'join', principal: 'somebody' })
  assert.doesNotMatch(gateway.log.text(), /^warning:/m)
})

test('a serverless.yml gives its websocket events, with variables, an authorizer and permission to post', async (test) => {
  const service = template('service/serverless.yml')
  const gateway = await startGateway(test, ['--template', service, '--stage', 'live'], { env })
  assert.match(gateway.ws, /\/live\/$/)
  await assert.rejects(open(gateway.ws), { status: 401 })
  await assert.rejects(open(`${gateway.ws}?token=bad`), { status: 403 })
  const client = await open(`${gateway.ws}?token=good`)
  client.send({ kind: 'post' })
  const expected = { TABLE: 'rooms-live', COLOUR: 'green', LIMIT: '7', AWS_REGION: 'eu-north-1', name: 'rooms-live-describe' }
  assert.deepEqual(JSON.parse(await client.next()), expected)
  await client.close()
  const log = gateway.log.text()
  assert.match(log, /line \d+: \${ssm:\/rooms\/secret} is known to a deployed service only/)
  assert.match(log, /line \d+: plugins are not run, and their part of custom is not read: serverless-webpack/)
  assert.doesNotMatch(log, /A_VARIABLE_THAT_NOBODY_HAS/)
  assert.match(log, /describe +-> rooms-live-describe, answers the client/)
})

test('without flags a serverless.yml has the stage dev, and --parameter sets ${param:…}', async (test) => {
  const gateway = await startGateway(test, ['--template', template('service/serverless.yml'), '--parameter', 'colour=red'])
  assert.match(gateway.ws, /\/dev\/$/)
  const client = await open(`${gateway.ws}?token=good`)
  client.send({ kind: 'post' })
  const { TABLE, COLOUR } = JSON.parse(await client.next())
  assert.deepEqual({ TABLE, COLOUR }, { TABLE: 'rooms-dev', COLOUR: 'red' })
})

test('a template in the current folder is used where no flag says what to run', async (test) => {
  const folder = at('../../lambda/connection-id')
  const binary = process.env.GATESOCKET_GATEWAY ?? at('../../target/debug/gatesocket-gateway')
  const child = spawn(binary, ['--port', '0', '--parameter', 'StageName=beta'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  test.after(() => child.kill('SIGKILL'))
  let output = ''
  const told = new Promise((resolve) => {
    child.stdout.on('data', (data) => {
      output += data
      if (/template\.yaml: used because it lies in this folder/.test(output)) resolve()
    })
    child.on('exit', resolve)
  })
  await told
  assert.match(output, /used because it lies in this folder/)
  assert.match(output, /ws:\/\/localhost:\d+\/beta\//)
  child.kill('SIGTERM')
  await once(child, 'exit')
})

test('a function may post to connections as far as the policies of its role allow', async (test) => {
  const functions = template('chat/functions')
  const text = (policies) => `Resources:
  Rooms:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      Routes: {$default: {FunctionArn: !GetAtt Send.Arn}}
  Send:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: send.handler
      Timeout: 20
      CodeUri: ${functions}
      Environment: {Variables: {ENDPOINT: !Sub 'https://\${Rooms}.execute-api.\${AWS::Region}.amazonaws.com/default'}}
      ${policies}
`
  const allow = (stage) =>
    `Policies: [{Statement: [{Effect: Allow, Action: execute-api:ManageConnections, Resource: !Sub 'arn:aws:execute-api:*:*:\${Rooms}/${stage}/*'}]}]`
  for (const [policies, isAllowed] of [['', false], [allow('other'), false], [allow('default'), true]]) {
    const gateway = await startGateway(null, ['--template', await written(test, text(policies))])
    try {
      const client = await open(gateway.ws)
      client.send({ data: 1 })
      const answer = JSON.parse(await client.next())
      assert.equal(answer.data, isAllowed ? 1 : undefined)
      if (!isAllowed) {
        assert.equal(answer.message, 'Internal server error')
        await gateway.log.line(/assumed-role\/SendRole\/Send is not authorized to perform: execute-api:ManageConnections/)
      }
    } finally {
      await gateway.stop()
    }
  }
})

test('what is wrong with a template is told with its line', async (test) => {
  const api = (rest) => `Resources:
  Api: {Type: 'AWS::ApiGatewayV2::Api', Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
${rest}`
  const route = (target) => `  Route: {Type: 'AWS::ApiGatewayV2::Route', Properties: {ApiId: !Ref Api, RouteKey: $default, Target: ${target}}}
`
  const integration = `  I: {Type: 'AWS::ApiGatewayV2::Integration', Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub 'arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${F.Arn}/invocations'}}
`
  const code = (handler) => `  F: {Type: 'AWS::Serverless::Function', Properties: {Runtime: nodejs22.x, Handler: ${handler}, CodeUri: .}}
`
  for (const [text, message] of [
    ['Resources: [1', /line \d+, column \d+/],
    ['Resources:\n  A: {Type: x}\n  A: {Type: x}\n', /line 3, column 3: the key "A" is there twice/],
    ['Foo: 1\n', /has no Resources/],
    ['Resources: {B: {Type: "AWS::S3::Bucket"}}\n', /has no WebSocket API.*It has 1 of AWS::S3::Bucket/],
    [api(''), /Api has no route/],
    [api(route('integrations/nowhere')), /line 3: the route Route leads to "integrations\/nowhere", which is no integration/],
    [api(route('!Sub "integrations/${I}"')), /there is no parameter and no resource I/],
    [api(route('!Sub "integrations/${I}"') + integration), /there is no parameter and no resource F/],
    [api(route('!Sub "integrations/${I}"') + integration + code('src/missing.handler')), /line 5: the handler "src\/missing\.handler" of F is not there: no .*src\/missing\.mjs/],
    [api('  Other: {Type: "AWS::ApiGatewayV2::Api", Properties: {ProtocolType: WEBSOCKET}}\n'), /several WebSocket APIs: choose one of Api, Other with --api/],
  ]) {
    const path = await written(test, text)
    const { code: exit, stderr } = await refused('--port', '0', '--template', path)
    assert.equal(exit, 1, text)
    assert.match(stderr, message)
  }
  const { stderr } = await refused('--template', 'no-such-file.yaml')
  assert.match(stderr, /no-such-file\.yaml: it cannot be read/)
})
