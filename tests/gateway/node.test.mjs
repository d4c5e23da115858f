import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { refused, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /

/** A folder with these files, by their names. */
async function folderWith(t, files) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

const says = (name) => `async (event, context) => { console.log('${name} did ' + (event.body ?? event.requestContext.eventType)); return { statusCode: 200 } }`

for (const [name, handler, files] of [
  ['an ES module', 'app.handler', { 'app.mjs': `export const handler = ${says('IT')}` }],
  ['an ES module with top-level await', 'app.handler', { 'app.mjs': `const handler = await Promise.resolve(${says('IT')})\nexport { handler }` }],
  // Newer versions of Node can require one, but not with an await.
  ['an ES module by its package’s type', 'app.handler', { 'app.js': `export const handler = await Promise.resolve(${says('IT')})`, 'package.json': '{"type":"module"}' }],
  ['CommonJS', 'app.handler', { 'app.js': `const path = require('path'); exports.handler = ${says('IT')}` }],
  ['CommonJS whose module is a class of exports', 'app.handler', { 'app.cjs': `module.exports = new (class { constructor() { this.handler = ${says('IT')} } })()` }],
  ['a default export with the handler in it', 'app.handler', { 'app.mjs': `export default { handler: ${says('IT')} }` }],
  ['a folder', 'src/handlers/app.main', { 'src/handlers/app.mjs': `export const main = ${says('IT')}` }],
  ['what a build made', 'dist/index.main', { 'dist/index.js': `module.exports.main = ${says('IT')}`, 'src/index.ts': 'export const main: number = 1' }],
  ['an export in an export', 'app.api.handler', { 'app.js': `exports.api = { handler: ${says('IT')} }` }],
  ['JavaScript beside an ES module of the same name, which AWS tries first', 'app.handler', { 'app.js': `exports.handler = ${says('IT')}`, 'app.mjs': `export const handler = ${says('OTHER')}` }],
]) {
  test(`a Node handler is found in ${name}`, async (t) => {
    const root = await folderWith(t, files)
    const gateway = await startGateway(t, ['--task-root', root, '--handler', handler])
    const client = await open(gateway.ws)
    await gateway.log.line(/IT did CONNECT$/)
    await client.close()
  })
}

for (const [name, handler, files, sentence] of [
  ['a module that is missing', 'app.mjs', { 'app.mjs': "import './no-such-file.mjs'\nexport const handler = async () => {}" }, /could not be loaded: Error: Cannot find module '.*no-such-file\.mjs' imported from .*app\.mjs/],
  ['a package that is missing', 'app.js', { 'app.js': "require('no-such-package')" }, /could not be loaded: Runtime\.ImportModuleError: Error: Cannot find module 'no-such-package'\nRequire stack:/],
  ['a syntax error', 'app.mjs', { 'app.mjs': 'export const handler = async () => )' }, /^file:\/\/\S+app\.mjs:1$[^]*could not be loaded: Runtime\.UserCodeSyntaxError: SyntaxError: Unexpected token '\)'$/m],
  ['an export that is missing', 'app.mjs:main', { 'app.mjs': '' }, /could not be loaded: Runtime\.HandlerNotFound: app\.mjs:main is undefined or not exported/],
  ['an export that is no function', 'app.handler', { 'app.mjs': 'export const handler = 1' }, /could not be loaded: Runtime\.HandlerNotFound: app\.handler is not a function/],
  ['a handler that streams its response', 'app.mjs', { 'app.mjs': 'export const handler = awslambda.streamifyResponse(async () => {})' }, /could not be loaded: Error: awslambda\.streamifyResponse makes a handler that streams its response, and WebSocket APIs have none/],
]) {
  test(`${name} in a Node handler ends the start with the error that AWS reports`, async (t) => {
    const root = await folderWith(t, files)
    const { code, stderr } = await refused('--port', '0', '--ready-json', '--handler', join(root, handler))
    assert.equal(code, 1)
    assert.match(stderr, sentence)
  })
}

test('a handler’s name with two dots is refused by AWS’s sentence', async (t) => {
  const root = await folderWith(t, { 'src/app.mjs': `export const handler = ${says('IT')}`, 'other/keep.mjs': '' })
  const { code, stderr } = await refused('--port', '0', '--task-root', join(root, 'other'), '--handler', '../src/app.handler')
  assert.equal(code, 1)
  assert.match(stderr, /Runtime\.MalformedHandlerName: '\.\.\/src\/app\.handler' is not a valid handler name\. Use absolute paths/)
})

test('TypeScript is run where Node runs it, and elsewhere the error says how to build it', async (t) => {
  const root = await folderWith(t, { 'app.ts': `export const handler: unknown = ${says('IT')}`, 'package.json': '{"type":"module"}' })
  const args = ['--handler', join(root, 'app.ts')]
  if (process.features.typescript) {
    const gateway = await startGateway(t, args)
    await (await open(gateway.ws)).close()
    await gateway.log.line(/IT did CONNECT$/)
  } else {
    const { code, stderr } = await refused('--port', '0', ...args)
    assert.equal(code, 1)
    assert.match(stderr, /app\.ts is TypeScript, which Node v\d+\.\d+\.\d+ does not run\. Build it .* npx esbuild app\.ts/)
  }
})

test('a callback waits for the event loop to be empty, unless the handler says otherwise', async (t) => {
  const root = await folderWith(t, {
    'app.js': `exports.handler = (event, context, callback) => {
      if (event.requestContext.eventType !== 'MESSAGE') return callback(null, { statusCode: 200 })
      context.callbackWaitsForEmptyEventLoop = event.body === 'wait'
      setTimeout(() => console.log('LATE ' + event.body), 300)
      callback(null, { statusCode: 200 })
    }`,
  })
  const gateway = await startGateway(t, ['--handler', join(root, 'app.js'), '--concurrency', '1'])
  const client = await open(gateway.ws)
  /** What happened first, the timer or the end of the invocation. */
  const first = async (message) => {
    client.send(message)
    await gateway.log.line(new RegExp(`LATE ${message}`))
    const lines = gateway.log.text().split('\n')
    const id = lines.filter((line) => line.startsWith('START ')).at(message === 'wait' ? 1 : 2).split(' ')[2]
    await gateway.log.line(new RegExp(`^END RequestId: ${id}`))
    const at = (pattern) => gateway.log.text().split('\n').findIndex((line) => pattern.test(line))
    return at(new RegExp(`LATE ${message}`)) < at(new RegExp(`^END RequestId: ${id}`)) ? 'timer' : 'end'
  }
  assert.equal(await first('wait'), 'timer')
  assert.equal(await first('leave'), 'end')
  await client.close()
})

test('an async handler whose promise can never be settled is an error, one without a promise answers null', async (t) => {
  const root = await folderWith(t, {
    'app.mjs': `export const handler = async (event) => {
      if (event.requestContext.eventType === 'MESSAGE') await new Promise(() => {})
      return { statusCode: 200 }
    }`,
    'old.js': `exports.handler = (event, context, callback) => { if (event.requestContext.eventType !== 'MESSAGE') callback(null, { statusCode: 200 }) }`,
  })
  for (const [file, line] of [['app.mjs', /"errorType":"Runtime\.NodeJsExit"/], ['old.js', /the handler answered null/]]) {
    const gateway = await startGateway(t, ['--handler', join(root, file)])
    const client = await open(gateway.ws)
    client.send('x')
    assert.match(await client.next(), error)
    await gateway.log.line(line)
    await client.close()
  }
})

test('an error in the log carries what else is known of it, as the SDK’s errors do', async (t) => {
  const root = await folderWith(t, {
    'app.mjs': `export const handler = async (event) => {
      if (event.requestContext.eventType !== 'MESSAGE') return { statusCode: 200 }
      const error = Object.assign(new Error('gone'), { name: 'GoneException', $metadata: { httpStatusCode: 410 } })
      if (event.body === 'circular') error.self = error
      throw error
    }`,
  })
  const gateway = await startGateway(t, ['--handler', join(root, 'app.mjs')])
  const client = await open(gateway.ws)
  client.send('plain')
  assert.match(await client.next(), error)
  await gateway.log.line(/Invoke Error \t\{"errorType":"GoneException","errorMessage":"gone","name":"GoneException","\$metadata":\{"httpStatusCode":410\},"stack":\[/)
  client.send('circular')
  assert.match(await client.next(), error)
  await gateway.log.lines(/Invoke Error \t\{"errorType":"GoneException","errorMessage":"gone"/, 2)
  await client.close()
})
