import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { identify } from './client.mjs'
import { connectionIdHandler, fixture, refused, startGateway } from './gateway.mjs'

const handler = ['--handler', fixture('events.mjs')]

for (const [name, args, sentence] of [
  ['no handler', [], /nothing says what to run: name --handler FILE or --template FILE/],
  ['a policy without a handler', ['--mock', 'a=x', '--policy', 'missing.json'], /<--handler <FILE>\|--runtime-command <COMMAND>\|--template <FILE>>/],
  ['a host by its name', [...handler, '--host', 'localhost'], /write an address of this machine, such as 127\.0\.0\.1/],
  ['an unknown flag', [...handler, '--nope'], /unexpected argument '--nope'/],
  ['a port beyond 65535', [...handler, '--port', '65536'], /--port <PORT>/],
  ['a stage with a slash', [...handler, '--stage', 'a/b'], /letters, digits/],
  ['an unknown $ route', [...handler, '--route', '$conect'], /"\$conect" is no route key/],
  ['a selection expression that is not supported', [...handler, '--route-selection-expression', '$request.header.x'], /cannot be evaluated: .*Write \$request\.body\.NAME/],
  ['a variable without a value', [...handler, '--env', 'NAME'], /write --env KEY=VALUE/],
  ['a timeout that is no number', [...handler, '--idle-timeout', 'soon'], /number of seconds/],
  ['a missing handler file', ['--handler', 'missing.mjs'], /--handler missing\.mjs: there is no such file/],
  ['a folder for a handler', ['--handler', fixture('')], /is a folder: name the file in it/],
  ['an empty runtime command', ['--runtime-command', ' '], /--runtime-command is empty/],
  ['a runtime command that does not exist', ['--runtime-command', 'no-such-program x'], /no-such-program was not found on the PATH/],
  ['a runtime command that ends', ['--runtime-command', 'node -e process.exit(3)'], /ended before it was ready .* exit status: 3/],
  ['an export that is no function', ['--handler', fixture('no-function.mjs')], /Runtime\.HandlerNotFound: no-function\.mjs:handler is not a function/],
  ['an export that does not exist', ['--handler', `${fixture('events.mjs')}:main`], /Runtime\.HandlerNotFound: events\.mjs:main is undefined or not exported/],
  ['a host that is not this machine', [...handler, '--host', '192.0.2.1'], /--host 192\.0\.2\.1 is no address of this machine/],
  ['a task root that is no folder', [...handler, '--task-root', 'missing'], /--task-root missing is no folder/],
]) {
  test(`${name} is answered with a sentence on stderr and an exit code`, async () => {
    const { code, stdout, stderr } = await refused('--port', '0', ...args)
    assert.notEqual(code, 0)
    assert.match(stderr, sentence)
    assert.match(stderr, /^error: /)
    assert.equal(stdout, '')
    assert.doesNotMatch(stderr, /panicked/)
  })
}

test('a handler that throws while loading ends the start with its error and stack', async () => {
  const { code, stderr } = await refused('--port', '0', '--handler', fixture('throws-on-import.mjs'))
  assert.equal(code, 1)
  assert.match(stderr, /^error: the handler could not be loaded: RangeError: thrown while loading\n/)
  assert.match(stderr, /throws-on-import\.mjs:1:7/)
})

test('a port in use is named, with the flag that chooses another', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address()
  const { code, stderr } = await refused('--port', String(port), ...handler)
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^error: port ${port} is in use: .*--port`))
})

test('help teaches and version tells', async () => {
  const help = await refused('--help')
  assert.equal(help.code, 0)
  assert.match(help.stdout, /--runtime-command/)
  assert.match(help.stdout, /Examples:/)
  assert.match((await refused('--version')).stdout, /^gatesocket-gateway \d/)
})

/** What stands on stdout when the gateway is ready. */
async function banner(t, ...flags) {
  const { spawn } = await import('node:child_process')
  const binary = process.env.GATESOCKET_GATEWAY ?? new URL('../../target/debug/gatesocket-gateway', import.meta.url).pathname
  const child = spawn(binary, ['--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  let text = ''
  for await (const data of child.stdout) {
    text += data
    if (text.includes('Ctrl-C stops it.')) break
  }
  return text
}

test('where there is no function, nothing is said of loading any', async (t) => {
  assert.match(await banner(t, '--mock', 'ping={}'), /\nReady\. Ctrl-C stops it\.\n/)
})

test('without --ready-json people read endpoints, routes and handler on stdout', async (t) => {
  const text = await banner(t, ...handler)
  assert.match(text, /ws:\/\/localhost:\d+\/production\/\n/)
  assert.match(text, /wss:\/\/localhost:\d+\/production\/\n/)
  assert.match(text, /https:\/\/localhost:\d+\/production\/@connections\n/)
  for (const key of ["$connect", "$default", "$disconnect"]) assert.match(text, new RegExp(`\\${key} +-> handlers\n`))
  assert.match(text, /http:\/\/localhost:\d+\/_gateway\n/)
  assert.match(text, /events\.mjs/)
  assert.doesNotMatch(text, /\x1b/)
})

test('--ca-file holds the authority that wss clients have to trust', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'ca.pem')
  const gateway = await startGateway(t, ['--handler', connectionIdHandler, '--ca-file', path])
  assert.equal(gateway.ca, path)
  const client = await identify(gateway.wss, { ca: await readFile(path) })
  await client.close()
})

test('trust that the user had set up before reaches the handler together with the gateway’s', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  const before = await startGateway(t, handler)
  const own = readFileSync(before.ca, 'utf8')
  const gateway = await startGateway(t, ['--runtime-command', `node -e ${JSON.stringify("const f=require('fs');for(const n of ['NODE_EXTRA_CA_CERTS','AWS_CA_BUNDLE'])console.log('TRUST',n,f.readFileSync(process.env[n],'utf8').split('BEGIN').length-1);fetch('http://'+process.env.AWS_LAMBDA_RUNTIME_API+'/2018-06-01/runtime/invocation/next')")}`], {
    env: { NODE_EXTRA_CA_CERTS: before.ca, AWS_CA_BUNDLE: before.ca },
  })
  assert.match(own, /BEGIN CERTIFICATE/)
  await gateway.log.line(/TRUST NODE_EXTRA_CA_CERTS 2$/)
  await gateway.log.line(/TRUST AWS_CA_BUNDLE 2$/)
})

test('credentials are invented only for a user who has none', async (t) => {
  const show = `node -e ${JSON.stringify("console.log('KEY',process.env.AWS_ACCESS_KEY_ID,process.env.AWS_REGION,process.env.EXTRA);fetch('http://'+process.env.AWS_LAMBDA_RUNTIME_API+'/2018-06-01/runtime/invocation/next')")}`
  const nobody = { HOME: '/nonexistent', AWS_ACCESS_KEY_ID: '', AWS_PROFILE: '', AWS_REGION: '', AWS_DEFAULT_REGION: '' }
  const none = await startGateway(t, ['--runtime-command', show], { env: nobody })
  await none.log.line(/KEY ASIA[A-Z2-7]{16} us-east-1 undefined$/)
  const some = await startGateway(t, ['--runtime-command', show, '--env', 'EXTRA=a=b'], { env: { AWS_ACCESS_KEY_ID: 'mine', AWS_REGION: 'eu-west-1' } })
  await some.log.line(/KEY mine eu-west-1 a=b$/)
})

test('-h is short and --help has examples, addresses, exit codes and environment', async () => {
  const [short, long] = [await refused('-h'), await refused('--help')]
  assert.equal(short.code, 0)
  assert.match(short.stdout, /--log <FORMAT>/)
  assert.doesNotMatch(short.stdout, /Exit codes:/)
  for (const part of ['Examples:', 'Exit codes:', 'Environment:', '/_gateway/api', 'connectionId, requestId']) {
    assert.ok(long.stdout.includes(part), part)
  }
})

test('a usage error ends with 2 and a failed start with 1', async () => {
  assert.equal((await refused(...handler, '--nope')).code, 2)
  assert.equal((await refused('--handler', 'missing.mjs')).code, 1)
})

test('bash completes flags and values from the script that completion prints', async (t) => {
  const { code, stdout, stderr } = await refused('completion', 'bash')
  assert.deepEqual([code, stderr], [0, ''])
  const { execFileSync } = await import('node:child_process')
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  const name = /complete -F (\S+)/.exec(stdout)[1]
  const complete = (...words) => {
    const script = `${stdout}
COMP_WORDS=(gatesocket-gateway ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
${name} gatesocket-gateway '${words.at(-1)}' '${words.at(-2) ?? 'gatesocket-gateway'}'
printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['-c', script], { encoding: 'utf8', cwd: folder }).trim().split('\n')
  }
  assert.deepEqual(complete('--no-con'), ['--no-console'])
  assert.deepEqual(complete('--log', ''), ['text', 'json', 'off'])
  assert.deepEqual(complete('completion', 'f'), ['fish'])
  assert.ok(complete('completion', '').includes('zsh'))
})

test('a shell that is not known, and flags beside completion, are usage errors', async () => {
  const unknown = await refused('completion', 'tcsh')
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /bash, elvish, fish, powershell, zsh/)
  assert.equal((await refused(...handler, 'completion', 'bash')).code, 2)
})
