import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, refused, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /
const python = process.env.GATESOCKET_PYTHON
if (!python) throw new Error('GATESOCKET_PYTHON names no Python with awslambdaric: run `cargo xtask test gateway`')
// As `source bin/activate` leaves it.
const active = { VIRTUAL_ENV: dirname(dirname(python)) }
const app = (name) => fixture(`python/${name}`)

const gateway = await startGateway(test, ['--handler', app('app.py'), '--function-name', 'my-python', '--memory-size', '256'], { env: active })

test('a Python handler is run by awslambdaric of the active environment and answers through boto3 over https', async () => {
  await gateway.log.line(/^LOADED by .*bin\/python/)
  const client = await open(gateway.wss, { ca: await readFile(gateway.ca) })
  client.send('hello')
  assert.deepEqual(JSON.parse(await client.next()), { echo: 'hello' })
  await client.close()
})

test('a Python handler’s context and log lines are as on AWS', async () => {
  const client = await open(gateway.ws)
  client.send('tell')
  const context = JSON.parse(/CONTEXT (.*)$/.exec(await gateway.log.line(/^CONTEXT /))[1])
  assert.equal(context.function, 'my-python')
  assert.equal(context.version, '$LATEST')
  assert.equal(context.memory, '256')
  assert.equal(context.logGroup, '/aws/lambda/my-python')
  assert.match(context.logStream, /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/)
  assert.match(context.arn, /^arn:aws:lambda:[\w-]+:\d{12}:function:my-python$/)
  assert.ok(context.remaining > 20_000 && context.remaining <= 29_000, String(context.remaining))
  assert.match(context.trace, /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/)
  assert.equal(context.zone, ':UTC')
  assert.equal(context.root, dirname(app('app.py')))
  assert.equal(context.cwd, context.root)
  await gateway.log.line(new RegExp(`^\\[WARNING\\]\t\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\t${context.requestId}\ta warning of logging$`))
  await gateway.log.line(new RegExp(`^REPORT RequestId: ${context.requestId}`))
  await client.close()
})

test('a Python handler that raises yields the error frame, and its traceback is in the log', async () => {
  const client = await open(gateway.ws)
  client.send('raise')
  assert.match(await client.next(), error)
  await gateway.log.line(/^\[ERROR\] ValueError: raised by the handler$/)
  await gateway.log.line(/File ".*python\/app\.py", line \d+, in handler/)
  client.send('unserialisable')
  assert.match(await client.next(), error)
  await gateway.log.line(/^\[ERROR\] Runtime\.MarshalError: Unable to marshal response/)
  client.send('exit')
  assert.match(await client.next(), error)
  await gateway.log.line(/Error: Runtime exited with error: exit status: 3/)
  client.send('again')
  assert.deepEqual(JSON.parse(await client.next()), { echo: 'again' })
  await client.close()
})

for (const [name, args, line] of [
  ['a file and a function', [`${app('app.py')}:named`], /^NAMED CONNECT/],
  ['AWS’s name', [app('app.named')], /^NAMED CONNECT/],
  ['AWS’s name in a folder of the task root', ['nested/deep.lambda_handler', '--task-root', app('')], /^DEEP CONNECT/],
  ['the name of a module in a package', ['nested.deep.lambda_handler', '--task-root', app('')], /^DEEP CONNECT/],
  ['a file whose function is called lambda_handler', [app('nested/deep.py')], /^DEEP CONNECT/],
]) {
  test(`a Python handler is found by ${name}`, async (t) => {
    const own = await startGateway(t, ['--handler', ...args], { env: active })
    const client = await open(own.ws)
    await own.log.line(line)
    await client.close()
  })
}

for (const [name, handler, sentence] of [
  ['a syntax error', 'broken.py', /Runtime\.UserCodeSyntaxError: Syntax error in module 'broken': expected ':'/],
  ['a package that is missing', 'missing.py', /Runtime\.ImportModuleError: Unable to import module 'missing': No module named 'no_such_package'/],
  ['a function that is missing', 'app.py:nothing', /Runtime\.HandlerNotFound: Handler 'nothing' missing on module 'app'/],
]) {
  test(`${name} in a Python handler ends the start with the error that AWS reports`, async () => {
    const { code, stderr } = await refused('--port', '0', '--handler', app(handler), { env: active })
    assert.equal(code, 1)
    assert.match(stderr, sentence)
  })
}

test('a Python without awslambdaric, or without boto3, is answered with the command that installs it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'app.py'), 'import boto3\ndef handler(event, context): return None\n')
  const ask = (expression) => execFileSync(python, ['-c', `import awslambdaric, os, sys; print(${expression})`], { encoding: 'utf8' }).trim()
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await symlink(ask('sys._base_executable'), join(bin, 'python3'))
  const without = { VIRTUAL_ENV: '', PATH: `${bin}:/usr/bin:/bin`, PYTHONNOUSERSITE: '1' }
  const none = await refused('--port', '0', '--handler', join(folder, 'app.py'), { env: without })
  assert.equal(none.code, 1)
  assert.match(none.stderr, /^error: Python has no awslambdaric, AWS's runtime client: python3 -m venv \S+\.venv && \S+\.venv\/bin\/python -m pip install awslambdaric boto3 /)

  // The same Python with awslambdaric alone, whatever else this machine has installed for it.
  const [packages, installed] = [join(folder, 'packages'), ask('os.path.dirname(os.path.dirname(awslambdaric.__file__))')]
  await mkdir(packages)
  const needed = (await readdir(installed)).filter((name) => /^(awslambdaric|simplejson|snapshot_restore_py|runtime_client)/.test(name))
  await Promise.all(needed.map((name) => symlink(join(installed, name), join(packages, name))))
  await writeFile(join(packages, 'boto3.py'), `raise ModuleNotFoundError("No module named 'boto3'")\n`)
  const some = await refused('--port', '0', '--handler', join(folder, 'app.py'), { env: { ...without, PYTHONPATH: packages } })
  assert.equal(some.code, 1)
  assert.match(some.stderr, /No module named 'boto3'/)
  assert.match(some.stderr, /pip install boto3/)
})

test('a folder’s own environment is preferred to the active one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'app.py'), 'import sys\nprint("PREFIX", sys.prefix)\ndef handler(event, context): return {"statusCode": 200}\n')
  await symlink(active.VIRTUAL_ENV, join(folder, '.venv'))
  const own = await startGateway(t, ['--handler', join(folder, 'app.py')], { env: { VIRTUAL_ENV: '' } })
  await own.log.line(/^PREFIX .*\/\.venv$/)
})
