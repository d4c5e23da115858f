// Every framework's own way to make an app, with the tarball in it: its development server and its production build
// show a connectionId in Chromium, with no configuration of gatesocket and no word of complaint.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { launch } from '../page/chromium.mjs'
import { FIXTURES } from './fixtures.mjs'
import { visit, withPage } from './look.mjs'
import { run, serve } from './servers.mjs'
import { keep } from './table.mjs'
import { settle, versionOf } from './workplace.mjs'

const SPY = new URL('wasm-spy.cjs', import.meta.url).pathname

const chosen = process.env.GATESOCKET_PACKAGES.split(',')
const fixtures = FIXTURES.filter(({ name, packages }) => chosen.includes(name) && packages.length > 0)
let browser, gateway

// What is begun before no test at all is never ended.
if (fixtures.length > 0) {
  before(async () => {
    gateway = await startGateway(null, ['--handler', connectionIdHandler])
    browser = await launch()
  })

  after(async () => {
    await browser?.close()
    await gateway?.stop()
  })
}

/** What a bundler says against the package, but for what it says of every package with hooks. */
function complaints(said, known = /(?!)/) {
  const lines = said.split('\n').filter((line) => !known.test(line))
  return lines.filter((line) => /warn|error|fail|unable|cannot|can't/i.test(line) && /gatesocket|wasm/i.test(line))
}

const seconds = (since) => (performance.now() - since) / 1000

for (const fixture of fixtures) {
  describe(fixture.title, () => {
    const figures = {}
    const modes = ['development', 'production'].filter((name) => fixture[name])
    let held = 0
    let place, spied, environment

    before(async () => {
      place = await settle(fixture.folder ?? fixture.name, gateway)
      spied = join(place, 'wasm.log')
      // Quoted, because Node takes this variable apart at spaces.
      const spying = { NODE_OPTIONS: `--require ${JSON.stringify(SPY)}`, GATESOCKET_WASM_LOG: spied }
      environment = fixture.server ? spying : {}
    })

    after(async () => {
      const versions = await Promise.all(fixture.packages.map(async (name) => `${name} ${await versionOf(place, name)}`))
      if (held === modes.length + (fixture.commands ? 1 : 0) + (fixture.server ? 1 : 0)) await keep(fixture, versions, figures)
    })

    for (const name of modes) {
      const mode = fixture[name]
      test(name === 'development' ? 'the development server shows a connectionId' : 'so does the production build', async () => {
        await rm(spied, { force: true })
        const built = performance.now()
        for (const command of mode.build ?? []) {
          assert.deepEqual(complaints(await run(command, place, environment), fixture.known), [])
        }
        if (mode.build) figures.build = seconds(built)
        const started = performance.now()
        const server = await serve(mode, place, environment)
        let said
        try {
          for (const path of fixture.pages ?? ['/']) {
            if (fixture.server) {
              const html = await (await fetch(server.address + path)).text()
              assert.ok(html.includes(fixture.server.rendered), html)
            }
            if (mode.bundlesOnVisit) await visit(browser, server.address + path)
            const id = await withPage(browser, server.address + path)
            await gateway.log.line(new RegExp(`^connected ${id}`))
            figures[name] ??= seconds(started)
          }
          for (const [path, answer] of fixture.answers ?? []) {
            assert.match(await (await fetch(server.address + path)).text(), answer)
          }
        } finally {
          said = await server.stop()
        }
        assert.deepEqual(complaints(said, fixture.known), [])
        if (fixture.server) assert.deepEqual(await ofServer(place, spied, fixture.server.output), [])
        held++
      })
    }

    if (fixture.commands) {
      test('what its own commands run gets a connectionId', async () => {
        const started = performance.now()
        for (const [command, printed] of fixture.commands) {
          const said = await run(command, place)
          if (printed) assert.match(said, printed)
        }
        figures.build = seconds(started)
        held++
      })
    }

    if (fixture.server) {
      test('what the server got has no wasm file, and would be noticed if it started one', async () => {
        const files = await readdir(join(place, fixture.server.output), { recursive: true })
        assert.ok(files.some((file) => file.endsWith('.js') || file.endsWith('.mjs')), 'the server has code')
        assert.deepEqual(files.filter((file) => file.endsWith('.wasm')), [])
        await rm(spied, { force: true })
        const script = "globalThis.WebSocket ??= class {}\ntry { require('gatesocket').connect('ws://x/') } catch {}\nprocess.exit()"
        spawnSync('node', ['-e', script], { cwd: place, env: { ...process.env, ...environment } })
        assert.match(await readFile(spied, 'utf8'), /gatesocket/)
        held++
      })
    }
  })
}

/** The calls that came from code of the server's output, or from gatesocket; tools have wasm of their own. */
async function ofServer(place, log, output) {
  const text = await readFile(log, 'utf8').catch(() => '')
  const calls = text.split('\n').filter(Boolean).map((line) => JSON.parse(line).stack)
  return calls.filter((stack) => stack.includes(join(place, output.split('/')[0])) || stack.includes('gatesocket'))
}
