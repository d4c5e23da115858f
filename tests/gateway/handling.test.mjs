import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /
const odd = ['--handler', fixture('odd.mjs'), '--concurrency', '1']
const gateway = await startGateway(test, odd)

/** Sends a message that succeeds, and resolves to the number of the process that handled it. */
async function processOf(client, { log } = gateway, name = randomUUID()) {
  client.send(name)
  return /PROCESS (\d+)/.exec(await log.line(new RegExp(`PROCESS \\d+ did ${name}`)))[1]
}

test('whatever a handler throws is an error of that invocation alone, and the process lives on', async () => {
  const client = await open(gateway.ws)
  const before = await processOf(client)
  for (const [message, logged] of [
    ['throw a name that is no header', /"errorType":"Fehler:\\r\\n错误","errorMessage":"odd name"/],
    ['throw null', /"errorType":"object","errorMessage":"null"/],
    ['throw undefined', /"errorType":"undefined","errorMessage":"undefined"/],
    ['throw a number', /"errorType":"number","errorMessage":"7"/],
    ['throw an object', /"errorType":"object","errorMessage":"\{ reason: 'an object' \}"/],
    ['answer with a BigInt', /"errorType":"Runtime.MarshalError"/],
    ['answer with 7 MB', /"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size \(\d+ bytes\) exceeded/],
  ]) {
    client.send(message)
    assert.match(await client.next(), error, message)
    await gateway.log.line(logged)
  }
  assert.equal(await processOf(client), before)
  await client.close()
})

test('an error between two invocations is logged at once, and the next message finds another process', async () => {
  const client = await open(gateway.ws)
  const before = await processOf(client)
  client.send('throw after the answer')
  await gateway.log.line(/Uncaught Exception \t.*"thrown after the answer"/)
  await gateway.log.line(/^Error: Runtime exited with error: exit status: 1$/)
  assert.notEqual(await processOf(client), before)
  client.send('exit after the answer')
  await gateway.log.line(/^Error: Runtime exited with error: exit status: 9$/)
  await processOf(client)
  await client.close()
})

test('a warning of the process is tagged ERROR, as Node and AWS print it through console.error', async () => {
  const client = await open(gateway.ws)
  client.send('warn')
  await gateway.log.line(/^\S+Z\t[\da-f-]{36}\tERROR\t\(node:\d+\) Warning: of the process$/)
  await client.close()
})

test('a handler that reads its standard input still answers and ends with the gateway', async (t) => {
  const own = await startGateway(t, odd)
  const client = await open(own.ws)
  client.send('read stdin')
  const before = await processOf(client, own)
  assert.equal(await processOf(client, own), before)
  await client.close()
  assert.equal((await own.stop()).code, 0)
})

test('what a handler has started ends with its process', async () => {
  const client = await open(gateway.ws)
  client.send('leave a child and exit')
  const pid = Number(/CHILD (\d+)/.exec(await gateway.log.line(/CHILD/))[1])
  assert.match(await client.next(), error)
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      break
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await client.close()
})

test('a handler that can be loaded no more says so in the log, with its stack', async (t) => {
  const marker = join(tmpdir(), `load-${randomUUID()}`)
  t.after(() => rm(marker, { force: true }))
  const changing = await startGateway(t, [...odd, '--env', `FAILS_TO_LOAD_WHEN=${marker}`])
  const client = await open(changing.ws)
  client.send('exit so that the next load fails')
  assert.match(await client.next(), error)
  await changing.log.line(/^the handler could not be loaded: RangeError: thrown by a later load$/)
  await changing.log.line(/odd\.mjs:6:/)
  client.send('anything')
  assert.match(await client.next(), error)
  await rm(marker)
  await processOf(client, changing)
  await client.close()
})

test('a process that ends whenever it has started is not started again until it is needed', async (t) => {
  const script = "fetch('http://'+process.env.AWS_LAMBDA_RUNTIME_API+'/2018-06-01/runtime/invocation/next');console.log('BEGUN');setTimeout(()=>process.exit(4),1500)"
  const own = await startGateway(t, ['--runtime-command', `node -e ${JSON.stringify(script)}`])
  await own.log.line(/exit status: 4/)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  assert.equal(own.log.text().match(/^BEGUN$/gm).length, 1)
})

test('a message for which no process becomes free in time is named in the log', async (t) => {
  const busy = await startGateway(t, ['--handler', fixture('messages.mjs'), '--integration-timeout', '3', '--concurrency', '1'])
  const client = await open(busy.ws)
  client.send({ do: 'hang' })
  client.send({ do: 'hang' })
  assert.match(await client.next(), error)
  assert.match(await client.next(), error)
  await busy.log.line(/was given up: all 1 handler processes were busy for 3 s \(--concurrency allows more\)$/)
  await client.close()
})
