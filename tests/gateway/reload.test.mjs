import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { open } from './client.mjs'
import { refused, startGateway } from './gateway.mjs'

const error = /^\{"message": "Internal server error", /

/** The text of a handler that names itself for each message; `wait` runs until the file that the message names is there. */
const handler = (version, imports = '') => `
${imports}
import { existsSync } from 'node:fs'
export async function handler({ requestContext, body }) {
  if (requestContext.eventType !== 'MESSAGE') return { statusCode: 200 }
  const [what, file] = body.split(' ')
  if (what === 'wait') {
    console.log('WAITING')
    while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  console.log('VERSION ${version} did ' + what)
  return { statusCode: 200 }
}`

/** A folder of its own with `app.mjs`, and a gateway for it. */
async function start(t, args = [], text = handler(1)) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'app.mjs')
  await writeFile(file, text)
  const gateway = await startGateway(t, ['--handler', file, ...args])
  const client = await open(gateway.ws)
  t.after(() => client.socket.terminate())
  return { folder, file, gateway, client }
}

test('a saved file is run by the next message, and the log names it', async (t) => {
  const { file, gateway, client } = await start(t)
  client.send('one')
  await gateway.log.line(/VERSION 1 did one/)
  await writeFile(file, handler(2))
  await gateway.log.line(/reloaded \(app\.mjs\)$/)
  client.send('two')
  await gateway.log.line(/VERSION 2 did two/)
  assert.equal(client.socket.readyState, 1)
})

test('a save by rename, as many editors do it, is noticed as one change', async (t) => {
  const { file, folder, gateway, client } = await start(t)
  await rename(file, `${file}~`)
  await writeFile(join(folder, '.app.mjs.new'), handler(2))
  await rename(join(folder, '.app.mjs.new'), file)
  await gateway.log.line(/reloaded \(app\.mjs\)$/)
  client.send('two')
  await gateway.log.line(/VERSION 2 did two/)
  assert.equal(gateway.log.text().match(/reloaded/g).length, 1)
})

test('an invocation that runs is finished by the old code while new ones run the new', async (t) => {
  const { file, folder, gateway, client } = await start(t, ['--concurrency', '1'])
  const gate = join(folder, '.gate')
  client.send(`wait ${gate}`)
  await gateway.log.line(/WAITING/)
  await writeFile(file, handler(2))
  await gateway.log.line(/reloaded/)
  client.send('two')
  await gateway.log.line(/VERSION 2 did two/)
  assert.doesNotMatch(gateway.log.text(), /did wait/)
  await writeFile(gate, '')
  await gateway.log.line(/VERSION 1 did wait/)
})

test('a syntax error is reported once and answered with the error frame until it is mended', async (t) => {
  const { file, gateway, client } = await start(t)
  await writeFile(file, 'export const handler = async () => {')
  await gateway.log.line(/could not be loaded: Runtime\.UserCodeSyntaxError: SyntaxError: /)
  for (const _ of [1, 2]) {
    client.send('broken')
    assert.match(await client.next(), error)
  }
  assert.equal(gateway.log.text().match(/could not be loaded/g).length, 1)
  await writeFile(file, handler(3))
  await gateway.log.lines(/reloaded/, 2)
  client.send('three')
  await gateway.log.line(/VERSION 3 did three/)
})

test('a file in a folder that is new, or that a build removes and makes again, is noticed', async (t) => {
  const { file, folder, gateway, client } = await start(t)
  const library = join(folder, 'library')
  await mkdir(library)
  await writeFile(join(library, 'name.mjs'), 'export const name = "first"')
  await writeFile(file, handler('${name}', "import { name } from './library/name.mjs'").replace("'VERSION ${name} did '", '`VERSION ${name} did `'))
  await gateway.log.line(/reloaded/)
  client.send('one')
  await gateway.log.line(/VERSION first did one/)
  const before = gateway.log.text().match(/reloaded/g).length
  await rm(library, { recursive: true })
  await mkdir(library)
  await writeFile(join(library, 'name.mjs'), 'export const name = "second"')
  await gateway.log.lines(/reloaded \(library/, before === 1 ? 1 : before)
  for (let sent = 0; !/VERSION second did/.test(gateway.log.text()); sent += 1) {
    assert.ok(sent < 1200, gateway.log.text())
    client.send('two')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
})

test('a function’s whole folder may be removed and built again', async (t) => {
  const { folder, file, gateway, client } = await start(t)
  await rm(folder, { recursive: true })
  await new Promise((resolve) => setTimeout(resolve, 300)) // A build takes its time.
  await mkdir(folder)
  await writeFile(file, handler(2))
  for (let sent = 0; !/VERSION 2 did two/.test(gateway.log.text()); sent += 1) {
    assert.ok(sent < 1200, gateway.log.text())
    client.send('two')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await writeFile(file, handler(3))
  for (let sent = 0; !/VERSION 3 did three/.test(gateway.log.text()); sent += 1) {
    assert.ok(sent < 1200, gateway.log.text())
    client.send('three')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
})

test('packages, hidden files and what editors put aside do not reload', async (t) => {
  const { file, folder, gateway } = await start(t)
  await mkdir(join(folder, 'node_modules/x'), { recursive: true })
  for (const name of ['node_modules/x/index.js', '.env', 'app.mjs~', '.app.mjs.swp', 'handler.log']) await writeFile(join(folder, name), 'x')
  await writeFile(file, handler(2)) // What came before this would be named, or counted, with it.
  await gateway.log.line(/reloaded \(app\.mjs\)$/)
  assert.equal(gateway.log.text().match(/reloaded/g).length, 1)
})

test('a folder named by --watch reloads, and --no-reload leaves all as it is', async (t) => {
  const other = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  t.after(() => rm(other, { recursive: true }))
  const { gateway } = await start(t, ['--watch', other])
  await writeFile(join(other, 'shared.mjs'), '')
  await gateway.log.line(/reloaded \(shared\.mjs\)$/)

  const fixed = await start(t, ['--no-reload'])
  await writeFile(fixed.file, handler(2))
  await new Promise((resolve) => setTimeout(resolve, 700))
  fixed.client.send('one')
  await fixed.gateway.log.line(/VERSION 1 did one/)
  assert.doesNotMatch(fixed.gateway.log.text(), /reloaded/)

  const { code, stderr } = await refused('--port', '0', '--handler', fixed.file, '--watch', join(other, 'missing'))
  assert.equal(code, 1)
  assert.match(stderr, /^error: --watch .*missing is no folder/)
})

test('twenty reloads leave one process behind, and none when the gateway stops', async (t) => {
  const { file, gateway, client } = await start(t)
  for (let version = 2; version < 22; version += 1) {
    await writeFile(file, handler(version))
    await gateway.log.lines(/reloaded/, version - 1)
  }
  client.send('last')
  await gateway.log.line(/VERSION 21 did last/)
  const { execFileSync } = await import('node:child_process')
  const nodes = () => execFileSync('ps', ['-eo', 'ppid=,args='], { encoding: 'utf8' }).split('\n')
    .filter((row) => Number(row.trim().split(/\s+/)[0]) === gateway.process.pid && row.includes('bootstrap.mjs'))
  while (nodes().length > 1) await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal((await gateway.stop()).code, 0)
})
