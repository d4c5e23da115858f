// The templates by AWS's own tools: cfn-lint, and SAM's translator, whose result is what CloudFormation deploys.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { lint, transform } from './python.mjs'
import { deploy, permissions } from './stack.mjs'

const CHAT = fileURLToPath(new URL('../../lambda/chat/template.yaml', import.meta.url))
const CONNECTION_ID = fileURLToPath(new URL('../../lambda/connection-id/template.yaml', import.meta.url))
const LOGS = 'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252F'

const chat = await transform(CHAT)
const stacks = {
  'connection-id': deploy(await transform(CONNECTION_ID)),
  'chat with FanOut=direct': deploy(chat),
  'chat with FanOut=queue': deploy(chat, { FanOut: 'queue', StageName: 'beta' }),
}

test('cfn-lint finds nothing in the templates', async () => {
  for (const template of [CHAT, CONNECTION_ID]) assert.deepEqual(await lint(template), { code: 0, stdout: '', stderr: '' })
})

test('cfn-lint would find a property that nothing has', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gatesocket-lint-'))
  t.after(() => rm(folder, { recursive: true }))
  const spoilt = (await readFile(CHAT, 'utf8')).replace('BillingMode:', 'BilingMode:')
  await writeFile(join(folder, 'template.yaml'), spoilt)
  const { code, stdout } = await lint(join(folder, 'template.yaml'))
  assert.notEqual(code, 0)
  assert.match(stdout, /BilingMode/)
})

const post = (stage) => ({
  Effect: 'Allow',
  Action: 'execute-api:ManageConnections',
  Resource: `arn:aws:execute-api:eu-west-1:123456789012:Api/${stage}/POST/@connections/*`,
})
const without = (statement) => {
  const { Sid: _, ...rest } = statement
  return rest
}

test('the backend of connection ids may post to the connections of its own API and nothing else', () => {
  const { Function: own, ...others } = permissions(stacks['connection-id'])
  assert.deepEqual(others, {})
  assert.deepEqual(own.statements.map(without), [post('production')])
})

for (const [name, stage, queue] of [['chat with FanOut=direct', 'production', false], ['chat with FanOut=queue', 'beta', true]]) {
  test(`${name}: each function may use its own connections, tables and queue`, () => {
    const allowed = permissions(stacks[name])
    assert.deepEqual(Object.keys(allowed).sort(), queue ? ['FanOutFunction', 'Function'] : ['Function'])
    for (const { statements } of Object.values(allowed)) {
      assert.deepEqual(without(statements[0]), post(stage))
      const rest = statements.slice(1).flatMap(({ Effect, Action, Resource }) => {
        assert.equal(Effect, 'Allow')
        return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resource}`))
      })
      for (const one of rest) {
        const tables = '(Members|Messages)Table\\.Arn'
        assert.match(one, new RegExp(`^(dynamodb:\\w+ ${tables}|dynamodb:Query MessagesTable\\.Arn/index/by-id|sqs:\\w+ FanOutQueue\\.Arn)$`))
      }
      assert.equal(new Set(rest).size, rest.length)
      assert.equal(rest.some((one) => one.startsWith('sqs:')), queue)
    }
  })
}

test('no role has a resource or an action with a wildcard but the connections, and no policy of AWS but the one for logs', () => {
  for (const [name, stack] of Object.entries(stacks)) {
    for (const { statements, managed } of Object.values(permissions(stack))) {
      const texts = statements.flatMap(({ Action, Resource }) => [Action, Resource].flat())
      for (const text of texts) assert.doesNotMatch(text.replace(/\/POST\/@connections\/\*$/, ''), /\*/, name)
      assert.deepEqual(managed, ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'])
    }
  }
})

test('connections are posted to through the API\'s own address, whatever domain an event names', () => {
  for (const { resources, outputs } of Object.values(stacks)) {
    const functions = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::Function')
    const endpoints = functions.map(({ Properties }) => Properties.Environment.Variables.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI)
    assert.deepEqual(new Set(endpoints), new Set([outputs.CallbackEndpoint]))
  }
})

test('the outputs are what clients connect to, what backends post through, and a link to the log', () => {
  assert.deepEqual(stacks['chat with FanOut=queue'].outputs, {
    Endpoint: 'wss://Api.execute-api.eu-west-1.amazonaws.com/beta',
    CallbackEndpoint: 'https://Api.execute-api.eu-west-1.amazonaws.com/beta',
    Logs: `${LOGS}my-chat`,
  })
  assert.deepEqual(stacks['connection-id'].outputs, {
    Endpoint: 'wss://Api.execute-api.eu-west-1.amazonaws.com/production',
    CallbackEndpoint: 'https://Api.execute-api.eu-west-1.amazonaws.com/production',
    Logs: `${LOGS}Function`,
  })
  const { LogGroupName, RetentionInDays } = stacks['chat with FanOut=direct'].resources.LogGroup.Properties
  assert.deepEqual({ LogGroupName, RetentionInDays }, { LogGroupName: '/aws/lambda/my-chat', RetentionInDays: '30' })
})

test('the three routes lead to a function that API Gateway may invoke for this API', () => {
  for (const name of ['chat with FanOut=direct', 'chat with FanOut=queue']) {
    const { resources } = stacks[name]
    const routes = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::ApiGatewayV2::Route')
    assert.deepEqual(routes.map(([, { Properties }]) => Properties.RouteKey).sort(), ['$connect', '$default', '$disconnect'])
    for (const [, { Properties }] of routes) assert.equal(Properties.Target, 'integrations/Integration')
    assert.deepEqual(resources.Stage.DependsOn.sort(), routes.map(([id]) => id).sort())
    assert.equal(resources.Stage.Properties.AutoDeploy, true)
    assert.match(resources.Integration.Properties.IntegrationUri, /\/functions\/Function\.Arn\/invocations$/)
    assert.match(resources.Permission.Properties.SourceArn, /:123456789012:Api\/(beta|production)\/\*$/)
  }
})

test('the queue and what serves it are there with FanOut=queue only', () => {
  const { resources: direct } = stacks['chat with FanOut=direct']
  const { resources: queued } = stacks['chat with FanOut=queue']
  const added = Object.keys(queued).filter((name) => !(name in direct)).sort()
  assert.deepEqual(added, ['FanOutDeadLetters', 'FanOutFunction', 'FanOutFunctionRole', 'FanOutQueue', 'FanOutSource'])
  const variables = ({ Function }) => Function.Properties.Environment.Variables
  const both = { MESSAGES_TABLE: 'MessagesTable', MEMBERS_TABLE: 'MembersTable', MESSAGE_TTL_DAYS: '30' }
  const endpoint = (stack) => ({ AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: stacks[stack].outputs.CallbackEndpoint })
  assert.deepEqual(variables(direct), { ...both, ...endpoint('chat with FanOut=direct'), MEMBER_SHARDS: '1' })
  assert.deepEqual(variables(queued), { ...both, ...endpoint('chat with FanOut=queue'), MEMBER_SHARDS: '16', FANOUT_QUEUE_URL: 'FanOutQueue' })
  assert.deepEqual(variables(queued), queued.FanOutFunction.Properties.Environment.Variables)
})

test('what a function of the queue fails at comes again, and in the end is kept', () => {
  const { FanOutSource, FanOutFunction, FanOutQueue, FanOutDeadLetters } = stacks['chat with FanOut=queue'].resources
  const source = FanOutSource.Properties
  assert.deepEqual(source.FunctionResponseTypes, ['ReportBatchItemFailures'])
  assert.deepEqual([source.EventSourceArn, source.FunctionName], ['FanOutQueue.Arn', 'FanOutFunction'])
  assert.equal(source.ScalingConfig.MaximumConcurrency, '20')
  const { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy } = FanOutQueue.Properties
  // "Configuring a queue to use with Lambda" in AWS Lambda's guide: at least six times the function's timeout.
  assert.ok(VisibilityTimeout >= 6 * FanOutFunction.Properties.Timeout)
  assert.equal(RedrivePolicy.deadLetterTargetArn, 'FanOutDeadLetters.Arn')
  // Time for every attempt, and dead letters live longer: their age counts from when they were first sent.
  assert.ok(MessageRetentionPeriod > VisibilityTimeout * RedrivePolicy.maxReceiveCount)
  assert.ok(FanOutDeadLetters.Properties.MessageRetentionPeriod > MessageRetentionPeriod)
})

test('the log of messages outlives the stack, the members do not, and both forget by themselves', () => {
  for (const [name, policy] of [['MessagesTable', 'Retain'], ['MembersTable', 'Delete']]) {
    const { [name]: table } = stacks['chat with FanOut=direct'].resources
    assert.deepEqual([table.DeletionPolicy, table.UpdateReplacePolicy], [policy, policy])
    assert.equal(table.Properties.BillingMode, 'PAY_PER_REQUEST')
    assert.deepEqual(table.Properties.TimeToLiveSpecification, { AttributeName: 'expires', Enabled: true })
  }
})
