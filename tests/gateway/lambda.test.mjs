import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/
const gateway = await startGateway(test, ['--handler', fixture('messages.mjs'), '--function-name', 'my-function', '--memory-size', '256'])

test('a handler that throws yields the gateway’s error frame, and the connection stays', async () => {
  const client = await open(gateway.ws)
  for (const _ of [1, 2]) {
    client.send({ do: 'throw' })
    assert.match(await client.next(), error)
  }
  await gateway.log.line(/\tERROR\tInvoke Error \t\{"errorType":"TypeError","errorMessage":"thrown by the handler","stack":\["TypeError: thrown by the handler","    at handler /)
  await client.close()
})

test('a process that ends yields the error frame and is replaced', async () => {
  const client = await open(gateway.ws)
  client.send({ do: 'crash' })
  assert.match(await client.next(), error)
  await gateway.log.line(/Error: Runtime exited with error: exit status: 7/)
  client.send({ do: 'throw' })
  assert.match(await client.next(), error)
  await client.close()
})

test('a rejection that nobody handles yields the error frame and is named in the log', async () => {
  const client = await open(gateway.ws)
  client.send({ do: 'reject in the background' })
  assert.match(await client.next(), error)
  await gateway.log.line(/Unhandled Promise Rejection \t\{"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"rejected in the background"/)
  await client.close()
})

test('neither another status nor a body of the answer reaches the client', async () => {
  const client = await open(gateway.ws)
  client.send({ do: 'answer 500' })
  client.send({ do: 'answer with a body' })
  client.send({ do: 'throw' })
  assert.match(await client.next(), error)
  await client.close()
})

test('an answer without a status is an error, and the log says what to return', async () => {
  const client = await open(gateway.ws)
  client.send({ do: 'answer nothing' })
  assert.match(await client.next(), error)
  await gateway.log.line(/\$default: the handler answered null/)
  await client.close()
})

test('an answer with keys that no proxy response has is an error too', async () => {
  const client = await open(gateway.ws)
  client.send({ do: 'answer with another key' })
  assert.match(await client.next(), error)
  await gateway.log.line(/\$default: the handler answered \{"statusCode":200,"data":"x"\}/)
  await client.close()
})

test('the handler’s context and console lines are as on AWS', async () => {
  const client = await open(gateway.ws)
  client.send({ do: 'tell' })
  const line = await gateway.log.line(/CONTEXT/)
  const [, time, requestId, level, json] = /^(\S+)\t(\S+)\t(\S+)\tCONTEXT (.*)$/.exec(line)
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.equal(level, 'INFO')
  const context = JSON.parse(json)
  assert.equal(context.awsRequestId, requestId)
  assert.equal(context.functionName, 'my-function')
  assert.equal(context.functionVersion, '$LATEST')
  assert.equal(context.memoryLimitInMB, '256')
  assert.equal(context.logGroupName, '/aws/lambda/my-function')
  assert.match(context.invokedFunctionArn, /^arn:aws:lambda:[\w-]+:\d{12}:function:my-function$/)
  assert.ok(context.remaining > 28_000 && context.remaining <= 29_000, String(context.remaining))

  await gateway.log.line(new RegExp(`^REPORT RequestId: ${requestId}`))
  const lines = gateway.log.text().split('\n')
  const from = lines.indexOf(`START RequestId: ${requestId} Version: $LATEST`)
  const rest = lines.slice(from + 1, from + 6)
  assert.match(rest[1], /\tWARN\ta line$/)
  assert.equal(rest[2], 'of two')
  assert.equal(rest[3], `END RequestId: ${requestId}`)
  assert.match(rest[4], new RegExp(`^REPORT RequestId: ${requestId}\tDuration: \\d+\\.\\d\\d ms\tBilled Duration: \\d+ ms\tMemory Size: 256 MB`))
  await client.close()
})

test('a cold start shows its duration in the first report', async () => {
  const reports = await gateway.log.lines(/^REPORT /, 2)
  assert.match(reports[0], /\tInit Duration: \d+\.\d\d ms/)
  assert.doesNotMatch(reports[1], /Init Duration/)
})

test('an invocation that takes too long yields the error frame and its process is replaced', async (t) => {
  const impatient = await startGateway(t, ['--handler', fixture('messages.mjs'), '--integration-timeout', '4', '--concurrency', '1'])
  const client = await open(impatient.ws)
  client.send({ do: 'hang' })
  assert.match(await client.next(), error)
  await impatient.log.line(/Task timed out after 4\.00 seconds/)
  client.send({ do: 'throw' })
  assert.match(await client.next(), error)
  await impatient.log.line(/thrown by the handler/)
  await client.close()
})

test('messages of one connection run at the same time in processes of their own', async (t) => {
  const file = join(tmpdir(), `gate-${randomUUID()}`)
  t.after(() => rm(file, { force: true }))
  const parallel = await startGateway(t, ['--handler', fixture('gate.mjs'), '--env', `GATE_FILE=${file}`])
  const client = await open(parallel.ws)
  client.send('wait')
  client.send('go')
  await parallel.log.line(/GATE passed/)
  await client.close()
})

test('a CommonJS handler with another export name answers through its callback', async (t) => {
  const older = await startGateway(t, ['--handler', `${fixture('callback.cjs')}:named`])
  const client = await open(older.ws)
  client.send('fail')
  assert.match(await client.next(), error)
  await older.log.line(/"errorType":"string","errorMessage":"failed"/)
  await client.close()
  await older.log.line(/CALLBACK DISCONNECT/)
})

test('a handler is found by the name that AWS gives it', async (t) => {
  const named = await startGateway(t, ['--handler', fixture('events.handler')])
  await (await open(named.ws)).close()
})

test('any program that speaks the Runtime API can be the handler', async (t) => {
  const own = await startGateway(t, ['--runtime-command', `node "own-runtime.mjs" 'two words'`, '--task-root', fixture(''), '--handler', 'app.handler'])
  const client = await open(own.ws)
  await own.log.line(/OWN app\.handler CONNECT two words/)
  await client.close()
  await own.log.line(/OWN app\.handler DISCONNECT two words/)
})
