// Functions of an API: their start, their time, their memory and their variables.
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /

const template = `
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: several, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action } }
  Stage: { Type: AWS::ApiGatewayV2::Stage, Properties: { ApiId: !Ref Api, StageName: test, AutoDeploy: true } }
${[['Good', 'nodejs22.x'], ['Broken', 'nodejs22.x'], ['Unfit', 'provided.al2023']].map(([name, runtime]) => `
  ${name}: { Type: AWS::Serverless::Function, Properties: { CodeUri: ${name.toLowerCase()}/, Handler: app.handler, Runtime: ${runtime} } }
  ${name}Integration: { Type: AWS::ApiGatewayV2::Integration, Properties: { ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub 'arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${name}.Arn}/invocations' } }
  ${name}Route: { Type: AWS::ApiGatewayV2::Route, Properties: { ApiId: !Ref Api, RouteKey: ${name.toLowerCase()}, Target: !Sub 'integrations/\${${name}Integration}' } }
`).join('')}`

test('several functions start with their first invocations; one that cannot be run is named at once, one that cannot be loaded when it is used', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries({
    'template.yaml': template,
    'good/app.mjs': "console.log('GOOD loads'); export const handler = async () => { console.log('GOOD runs'); return { statusCode: 200 } }",
    'broken/app.mjs': "throw new RangeError('thrown while loading')",
    'unfit/bootstrap': '#!/bin/sh\necho UNFIT loads\nexit 1\n',
  })) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  const gateway = await startGateway(t, ['--template', join(folder, 'template.yaml')])
  await gateway.log.line(/^Unfit: \S+bootstrap cannot be run: chmod \+x \S+bootstrap$/)
  assert.doesNotMatch(gateway.log.text(), /GOOD loads|thrown while loading/)

  const client = await open(gateway.ws)
  client.send({ action: 'good' })
  await gateway.log.line(/GOOD runs/)
  // Where there are several functions, each line names its own.
  await gateway.log.line(/^\[Good\] INIT_START Runtime Version: nodejs/)
  await gateway.log.line(/^\[Good\] REPORT .*\tInit Duration: \d+\.\d\d ms$/)
  client.send({ action: 'broken' })
  assert.match(await client.next(), error)
  await gateway.log.line(/^\[Broken\] INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: RangeError$/)
  await gateway.log.line(/the handler could not be loaded: RangeError: thrown while loading/)
  client.send({ action: 'unfit' })
  assert.match(await client.next(), error)
  client.send({ action: 'good' })
  await gateway.log.lines(/GOOD runs/, 2)
  assert.equal(gateway.log.text().match(/GOOD loads/g).length, 1)

  // What was missing may come while the gateway runs.
  await chmod(join(folder, 'unfit/bootstrap'), 0o755)
  client.send({ action: 'unfit' })
  assert.match(await client.next(), error)
  await gateway.log.line(/^\[Unfit\] UNFIT loads$/)
  await client.close()
})

test('after the integration’s limit the client gets the error frame, and the function runs on until its own timeout', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('messages.mjs'), '--integration-timeout', '2', '--timeout', '20'])
  const client = await open(gateway.ws)
  client.send({ do: 'finish late' })
  assert.match(await client.next(), error)
  assert.doesNotMatch(gateway.log.text(), /FINISHED/)
  await gateway.log.line(/has not answered within 2 s, the integration's limit; the function runs on until its own timeout of 20 s/)
  await gateway.log.line(/FINISHED with \d+ s left$/)
  assert.doesNotMatch(gateway.log.text(), /Task timed out/)
  await client.close()
})

test('a function’s own timeout ends its process before the integration’s limit, and the next start is a cold one', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('messages.mjs'), '--timeout', '2', '--concurrency', '1'])
  const client = await open(gateway.ws)
  client.send({ do: 'loop' }) // Nothing but a kill ends it.
  assert.match(await client.next(), error)
  await gateway.log.line(/Task timed out after 2\.00 seconds/)
  await gateway.log.line(/^INIT_START Runtime Version: nodejs \(local\)$/)
  client.send({ do: 'throw' })
  assert.match(await client.next(), error)
  await gateway.log.line(/thrown by the handler/)
  await client.close()
})

test('a process that takes more memory than the function has is named once', { skip: process.platform !== 'linux' && 'memory is read from /proc' }, async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('messages.mjs'), '--concurrency', '1', '--memory-size', '160'])
  const client = await open(gateway.ws)
  const warning = /The process has used (\d+) MB, more than the 160 MB of the function: Lambda would have killed it \(Runtime\.ExitError, signal: killed\)/
  client.send({ do: 'tell' })
  await gateway.log.line(/CONTEXT/)
  assert.doesNotMatch(gateway.log.text(), warning)
  client.send({ do: 'allocate' })
  for (let sent = 0; !warning.test(gateway.log.text()); sent += 1) {
    assert.ok(sent < 1200, gateway.log.text())
    client.send({ do: 'tell' })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  client.send({ do: 'throw' })
  assert.match(await client.next(), error)
  await gateway.log.line(/^REPORT .*Memory Size: 160 MB\tMax Memory Used: (2\d\d|3\d\d) MB/)
  assert.equal(gateway.log.text().match(new RegExp(warning, 'g')).length, 1)
  await client.close()
})

test('variables that Lambda reserves are left out and named, others are as configured', async (t) => {
  const show = `node -e ${JSON.stringify("console.log('VARIABLES',process.env.AWS_REGION,process.env.AWS_LAMBDA_FUNCTION_NAME,process.env.TZ,process.env.NO_PROXY);fetch('http://'+process.env.AWS_LAMBDA_RUNTIME_API+'/2018-06-01/runtime/invocation/next')")}`
  const env = { AWS_REGION: 'eu-west-1', NO_PROXY: '' }
  const args = ['--runtime-command', show, '--function-name', 'named']
  const plain = await startGateway(t, args, { env })
  await plain.log.line(/^VARIABLES eu-west-1 named :UTC localhost,127\.0\.0\.1,::1$/)
  const set = ['AWS_REGION=us-west-2', 'AWS_LAMBDA_FUNCTION_NAME=other', 'TZ=Europe/Berlin', 'NO_PROXY=mine']
  const own = await startGateway(t, [...args, ...set.flatMap((variable) => ['--env', variable])], { env })
  await own.log.line(/^VARIABLES eu-west-1 named Europe\/Berlin mine$/)
  for (const name of ['AWS_REGION', 'AWS_LAMBDA_FUNCTION_NAME']) {
    await own.log.line(new RegExp(`^named: the variable ${name} is left out, since Lambda reserves it`))
  }
})
