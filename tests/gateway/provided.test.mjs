import assert from 'node:assert/strict'
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { refused, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /
const program = process.env.GATESOCKET_RUST_HANDLER
if (!program) throw new Error('GATESOCKET_RUST_HANDLER names no program: run `cargo xtask test gateway`, which builds tests/gateway/rust-handler')

/** A folder with the program as Lambda's custom runtimes want it: an executable called `bootstrap`. */
async function bootstrap(t, copy = (file) => copyFile(program, file)) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'bootstrap')
  await copy(file)
  return file
}

const gateway = await startGateway(test, ['--runtime-command', program, '--function-name', 'my-rust', '--memory-size', '512'])

test('a Rust handler on lambda_runtime is given events and its context', async () => {
  const client = await open(gateway.ws)
  client.send('hello')
  await gateway.log.line(/^RUST was told hello by [\w-]{15}=$/)
  const context = JSON.parse(/^RUST MESSAGE (.*)$/.exec(await gateway.log.line(/^RUST MESSAGE/))[1])
  assert.equal(context.function, 'my-rust')
  assert.equal(context.version, '$LATEST')
  assert.equal(context.memory, 512)
  assert.equal(context.logGroup, '/aws/lambda/my-rust')
  assert.match(context.logStream, /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/)
  assert.match(context.arn, /^arn:aws:lambda:[\w-]+:\d{12}:function:my-rust$/)
  assert.match(context.traceId, /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/)
  assert.ok(Math.abs(context.deadline - Date.now() - 29_000) < 20_000, String(context.deadline))
  await gateway.log.line(new RegExp(`^REPORT RequestId: ${context.requestId}\t.*Memory Size: 512 MB`))
  await client.close()
})

test('the answer of a Rust handler decides about a connection', async () => {
  await assert.rejects(open(`${gateway.ws}?status=403`), { status: 403 })
  await (await open(`${gateway.ws}?status=200`)).close()
})

test('an error, a panic and an exit of a Rust handler yield the error frame, and it goes on', async () => {
  const client = await open(gateway.ws)
  for (const what of ['fail', 'panic', 'exit']) {
    client.send(what)
    assert.match(await client.next(), error, what)
  }
  await gateway.log.line(/Error: Runtime exited with error: exit status: 5/)
  client.send('after that')
  await gateway.log.line(/RUST was told after that by/)
  await client.close()
})

test('an executable called bootstrap is the handler, and a new build of it is run', async (t) => {
  const file = await bootstrap(t)
  const own = await startGateway(t, ['--handler', file])
  const client = await open(own.ws)
  await own.log.line(/^RUST CONNECT/)
  // A linker makes a new file; one that runs cannot be written to.
  await rm(file)
  await writeFile(file, `#!/bin/sh\necho REBUILT\nexec ${program}\n`, { mode: 0o755 })
  await own.log.line(/reloaded \(bootstrap\)$/)
  await own.log.line(/^REBUILT$/)
  client.send('again')
  await own.log.line(/^RUST was told again/)
  await client.close()
})

for (const [name, copy, sentence] of [
  ['that may not be run', async (file) => { await copyFile(program, file); await chmod(file, 0o644) }, /^error: \S+bootstrap cannot be run: chmod \+x \S+bootstrap$/m],
  ['for another machine', (file) => writeFile(file, Buffer.from('7f454c4602010100000000000000000002002800', 'hex'), { mode: 0o755 }), /^error: \S+bootstrap is no program for this machine: build it for \w+-\w+/m],
  ['whose interpreter is missing', (file) => writeFile(file, '#!/no/such/interpreter\n', { mode: 0o755 }), /^error: \S+bootstrap could not be started: it, or the interpreter that its first line names, is missing$/m],
]) {
  test(`a bootstrap ${name} ends the start with a sentence`, async (t) => {
    const { code, stderr } = await refused('--port', '0', '--handler', await bootstrap(t, copy))
    assert.equal(code, 1)
    assert.match(stderr, sentence)
  })
}
