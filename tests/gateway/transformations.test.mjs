// Integrations with templates, parameters and responses, as a CloudFormation template describes them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /

// Answers with what it was asked, and with the status that a header asks for.
const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  response.writeHead(Number(request.headers['x-status'] ?? 200), { 'X-Kind': request.headers['x-kind'] ?? 'none' })
  response.end(JSON.stringify({ url: request.url, headers: request.headers, body }))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${server.address().port}`
test.after(() => {
  server.closeAllConnections()
  server.close()
})

const folder = mkdtempSync(join(tmpdir(), 'transformations-'))
test.after(() => rmSync(folder, { recursive: true }))
writeFileSync(
  join(folder, 'index.mjs'),
  `export async function handler(event) {
    console.log('GOT ' + JSON.stringify(event))
    if (event.fail) return { errorMessage: event.fail }
    if (event.throw) throw new Error(event.throw)
    return { got: event }
  }`,
)

/** A template of these routes, each `{ key: [integration, responses?, route?] }`, and its path. */
function template(name, routes) {
  const resources = {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'a', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '${request.body.service}.${request.body.action}' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: 'test', StageVariables: { origin: origin.slice('http://'.length), colour: 'blue' } } },
    Count: { Type: 'AWS::ApiGatewayV2::Model', Properties: { ApiId: { Ref: 'Api' }, Name: 'Count', Schema: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } } } },
    Function: { Type: 'AWS::Serverless::Function', Properties: { Runtime: 'nodejs22.x', Handler: 'index.handler', CodeUri: '.' } },
    Permission: { Type: 'AWS::Lambda::Permission', Properties: { FunctionName: { Ref: 'Function' }, Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' } },
  }
  Object.entries(routes).forEach(([key, [integration, responses = {}, route = {}]], index) => {
    const ApiId = { Ref: 'Api' }
    const [own, target] = [`Integration${index}`, `Route${index}`]
    resources[own] = { Type: 'AWS::ApiGatewayV2::Integration', Properties: { ApiId, ...integration } }
    resources[target] = { Type: 'AWS::ApiGatewayV2::Route', Properties: { ApiId, RouteKey: key, RouteResponseSelectionExpression: '$default', Target: { 'Fn::Sub': `integrations/\${${own}}` }, ...route } }
    resources[`Reply${index}`] = { Type: 'AWS::ApiGatewayV2::RouteResponse', Properties: { ApiId, RouteId: { Ref: target }, RouteResponseKey: '$default' } }
    Object.entries(responses).forEach(([IntegrationResponseKey, properties], number) => {
      resources[`Response${index}x${number}`] = { Type: 'AWS::ApiGatewayV2::IntegrationResponse', Properties: { ApiId, IntegrationId: { Ref: own }, IntegrationResponseKey, ...properties } }
    })
  })
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify({ Transform: 'AWS::Serverless-2016-10-31', Resources: resources }))
  return ['--template', file]
}

const invoke = { 'Fn::Sub': 'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations' }
const http = (properties) => ({ IntegrationType: 'HTTP', IntegrationMethod: 'POST', ...properties })

/** Starts a gateway with one route `s.a` and a client, and sends it messages of that route. */
async function converse(t, name, ...route) {
  const gateway = await startGateway(t, template(name, { 's.a': route }))
  const client = await open(gateway.ws)
  t.after(() => client.close())
  return {
    gateway,
    ask(fields) {
      client.send({ service: 's', action: 'a', ...fields })
      return client.next()
    },
  }
}

test('HTTP sends what a request template makes of the message, and the client what a response template makes of the answer', async (t) => {
  const { ask } = await converse(
    t,
    'http',
    http({ IntegrationUri: 'http://${stageVariables.origin}/chat', RequestTemplates: { $default: '{"n":$input.json(\'$.n\'),"id":"$context.connectionId"}' }, TemplateSelectionExpression: '\\$default' }),
    { $default: { ResponseTemplates: { $default: '$input.path(\'$.url\') got $input.path(\'$.body\')' }, TemplateSelectionExpression: '\\$default' } },
  )
  assert.match(await ask({ n: [1, 2] }), /^\/chat got \{"n":\[1,2\],"id":"[\w-]{15}="\}$/)
})

test('the message chooses its request template, and one that chooses none passes as it is', async (t) => {
  const { ask } = await converse(
    t,
    'chosen',
    http({ IntegrationUri: `${origin}/x`, RequestTemplates: { short: 'S', long: 'L' }, TemplateSelectionExpression: '${request.body.form}' }),
    { $default: { ResponseTemplates: { $default: "$input.path('$.body')" } } },
  )
  assert.equal(await ask({ form: 'short' }), 'S')
  assert.equal(await ask({ form: 'long' }), 'L')
  assert.equal(await ask({ form: 'none' }), '{"service":"s","action":"a","form":"none"}')
})

test('the status chooses the integration response, by its key, a pattern of the whole status, or $default', async (t) => {
  const text = (template) => ({ ResponseTemplates: { $default: template } })
  const { ask } = await converse(
    t,
    'status',
    http({ IntegrationUri: `${origin}/x`, RequestParameters: { 'integration.request.header.X-Status': 'route.request.body.status' } }),
    { $default: text('other'), '/4\\d\\d/': text('client'), 404: text('missing'), '/50/': text('never') },
  )
  for (const [status, answer] of [[200, 'other'], [400, 'client'], [404, 'missing'], [500, 'other']]) {
    assert.equal(await ask({ status }), answer, String(status))
  }
})

test('without $default an answer that no key matches is an internal error, and the log says why', async (t) => {
  const { ask, gateway } = await converse(
    t,
    'unmatched',
    http({ IntegrationUri: `${origin}/x` }),
    { '/4\\d\\d/': { ResponseTemplates: { $default: 'client' } } },
  )
  assert.match(await ask({}), error)
  await gateway.log.line(/^s\.a: no integration response has a key for "200", and there is none with the key \$default$/)
})

test('the answer\'s status and headers can choose the response template', async (t) => {
  const { ask } = await converse(
    t,
    'header',
    http({ IntegrationUri: `${origin}/x`, RequestParameters: { 'integration.request.header.X-Kind': 'route.request.body.kind' } }),
    { $default: { ResponseTemplates: { '200-a': 'A', $default: 'other' }, TemplateSelectionExpression: '${integration.response.statuscode}-${integration.response.header.x-kind}' } },
  )
  assert.equal(await ask({ kind: 'a' }), 'A')
  assert.equal(await ask({ kind: 'b' }), 'other')
})

test('request parameters fill headers, the query and the path, and what is missing is left out', async (t) => {
  const { ask } = await converse(t, 'parameters', {
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'POST',
    IntegrationUri: `${origin}/rooms/{room}?fixed=1`,
    RequestParameters: {
      'integration.request.header.connectionId': 'context.connectionId',
      'integration.request.header.X-Fixed': "'it is'",
      'integration.request.header.X-Colour': 'stageVariables.colour',
      'integration.request.header.X-None': 'route.request.body.none',
      'integration.request.header.content-type': "'text/plain'",
      'integration.request.path.room': 'route.request.body.room',
      'integration.request.querystring.name': 'route.request.body.who.name',
    },
  })
  const { url, headers, body } = JSON.parse(await ask({ room: 'a b/ü', who: { name: 'x&y=1' } }))
  assert.equal(url, '/rooms/a%20b%2F%C3%BC?fixed=1&name=x%26y%3D1')
  assert.match(headers.connectionid, /^[\w-]{15}=$/)
  assert.equal(headers['x-fixed'], 'it is')
  assert.equal(headers['x-colour'], 'blue')
  assert.equal(headers['x-none'], undefined)
  assert.equal(headers['content-type'], 'text/plain')
  assert.match(body, /"room":"a b\/ü"/)
})

test('a client cannot smuggle a header into a request', async (t) => {
  const { ask, gateway } = await converse(t, 'smuggle', {
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'POST',
    IntegrationUri: `${origin}/x`,
    RequestParameters: { 'integration.request.header.X-Kind': 'route.request.body.kind' },
  })
  assert.match(await ask({ kind: 'a\r\nX-Status: 500' }), error)
  await gateway.log.line(/the value for the header X-Kind has characters that no header may have/)
})

test('headers and query of $connect reach a web server by request parameters', async (t) => {
  const connect = {
    IntegrationType: 'HTTP_PROXY',
    IntegrationMethod: 'GET',
    IntegrationUri: `${origin}/connect`,
    RequestParameters: { 'integration.request.header.X-Status': 'route.request.querystring.status', 'integration.request.header.X-Kind': 'route.request.header.X-Kind' },
  }
  const gateway = await startGateway(t, template('connect', { $connect: [connect] }))
  await assert.rejects(open(`${gateway.ws}?status=418`), { status: 418 })
  await (await open(`${gateway.ws}?status=204`)).close()
})

test('a function without proxy integration gets what the template makes, and its whole answer is the body', async (t) => {
  const { ask, gateway } = await converse(
    t,
    'function',
    { IntegrationType: 'AWS', IntegrationMethod: 'POST', IntegrationUri: invoke, RequestTemplates: { $default: '$input.json(\'$.event\')' }, TemplateSelectionExpression: '\\$default' },
    { $default: {}, '/.*not found.*/': { ResponseTemplates: { $default: '{"missing":$input.json(\'$.errorMessage\')}' } } },
  )
  assert.equal(await ask({ event: { a: 1 } }), '{"got":{"a":1}}')
  assert.equal(await ask({ event: { fail: 'room not found\nat all' } }), '{"missing":"room not found\\nat all"}')
  assert.equal(await ask({ event: { throw: 'this was not found' } }), '{"missing":"this was not found"}')
  assert.equal(await ask({ event: { throw: 'Unauthorized: not found' } }), '{"missing":"Unauthorized: not found"}')
  // Without a key of its own an error passes as it is, with $default.
  assert.equal(JSON.parse(await ask({ event: { throw: 'thrown' } })).errorMessage, 'thrown')
  assert.equal(JSON.parse(await ask({ event: { throw: 'Unauthorized' } })).errorMessage, 'Unauthorized')
  await gateway.log.line(/GOT \{"a":1\}/)
})

test('a function that is invoked as an event is not waited for', async (t) => {
  const { ask, gateway } = await converse(t, 'event', {
    IntegrationType: 'AWS',
    IntegrationMethod: 'POST',
    IntegrationUri: invoke,
    RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" },
  })
  assert.equal(await ask({ throw: 'unheard' }), '')
  await gateway.log.line(/GOT .*unheard/)
})

test('MOCK maps the message to a status and the status to a body', async (t) => {
  const { ask, gateway } = await converse(
    t,
    'mock',
    { IntegrationType: 'MOCK', RequestTemplates: { 200: '#if($input.path(\'$.n\') > 9){"statusCode":400,"n":$input.json(\'$.n\')}#else{"statusCode":200}#end' }, TemplateSelectionExpression: '200' },
    { 200: { ResponseTemplates: { $default: 'fine in $stageVariables.colour' } }, '/4../': { ResponseTemplates: { $default: "$input.path('$.n') is too many" } } },
    { RequestModels: { Count: { Ref: 'Count' } }, ModelSelectionExpression: 'Count' },
  )
  assert.equal(await ask({ n: 1 }), 'fine in blue')
  assert.equal(await ask({ n: 10 }), '10 is too many')
  assert.match(await ask({ n: 'x' }), /^\{"message" : "Bad request body", "connectionId": /)
  assert.doesNotMatch(gateway.log.text(), /^warning:/m)
})

test('a MOCK that makes no status is an internal error, and one without a template is told at the start', async (t) => {
  const { ask, gateway } = await converse(t, 'statusless', { IntegrationType: 'MOCK' }, { $default: {} })
  await gateway.log.line(/^warning: route s\.a: the MOCK integration has no request template/)
  assert.match(await ask({ token: 'hush' }), error)
  await gateway.log.line(/^s\.a: a MOCK integration's request template must yield JSON with a statusCode/)
  assert.doesNotMatch(gateway.log.text(), /hush/)
  assert.match(await ask({ statusCode: 200 }), /"statusCode":200/)
})

test('a template that nothing can choose is told at the start', async (t) => {
  const { gateway } = await converse(t, 'unchosen', http({ IntegrationUri: `${origin}/x`, RequestTemplates: { other: 'x' } }), { $default: {} })
  await gateway.log.line(/^warning: route s\.a: the request template "other" is never chosen/)
})
