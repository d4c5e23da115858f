// A newcomer's first minutes: the README's code, pasted into an app of Vite's React template.
import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { ENGINES, launchAsUsed } from '../page/browsers.mjs'
import { launch } from '../page/chromium.mjs'
import { FIXTURES } from './fixtures.mjs'
import { withPage } from './look.mjs'
import { run, serve } from './servers.mjs'
import { LOCAL, settle } from './workplace.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const skip = !process.env.GATESOCKET_PACKAGES.split(',').includes('vite')
const { development, production } = FIXTURES.find(({ name }) => name === 'vite')

describe('the README’s code', { skip }, () => {
  let browser, gateway, app, snippets

  before(async () => {
    const texts = ['README.md', 'docs/react.md', 'docs/session.md'].map((file) => readFile(join(ROOT, file), 'utf8'))
    const found = (await Promise.all(texts)).join('\n').matchAll(/<!-- snippet: (\w+) -->\n```(tsx?)\n([\s\S]*?)```/g)
    snippets = Object.fromEntries([...found].map(([, name, type, code]) => [name, { type, code }]))
    gateway = await startGateway(null, ['--handler', connectionIdHandler])
    browser = await launch()
    app = await settle('vite', gateway)
  })

  after(async () => {
    await browser?.close()
    await gateway?.stop()
  })

  /** The connectionId that the page of a server of the app shows. */
  async function shownId(mode, known) {
    const server = await serve(mode, app)
    try {
      return await withPage(browser, server.address, undefined, known)
    } finally {
      await server.stop()
    }
  }

  for (const name of ['react', 'effect']) {
    test(`for ${name}, pasted into App.tsx, shows a connectionId`, async () => {
      const { code } = snippets[name]
      assert.ok(code.includes(LOCAL), 'the README names the local address')
      await writeFile(join(app, 'src/App.tsx'), code.replaceAll(LOCAL, gateway.ws))
      // The template's own build, which checks types first.
      for (const command of production.build) await run(command, app)
      const built = await shownId(production)
      // StrictMode ends an effect at once and runs it again; for that Chromium has a warning of its own.
      const developed = await shownId(development, /closed before the connection is established/)
      assert.notEqual(built, developed)
      for (const id of [built, developed]) await gateway.log.line(new RegExp(`^connected ${id}`))
    })
  }

  for (const engine of ENGINES) {
    test(`keeps its connection under Fast Refresh in ${engine}, while its component is edited`, async (t) => {
      const { open, close } = await launchAsUsed(engine)
      t.after(close)
      const code = snippets.react.code.replaceAll(LOCAL, gateway.ws)
      await writeFile(join(app, 'src/App.tsx'), code)
      const server = await serve(development, app)
      t.after(server.stop)
      const { page, uncaught } = await open()
      const shown = (selector) => page.evaluate((selector) => document.querySelector(selector)?.textContent, selector)
      await page.goto(server.address)
      await page.waitForFunction(() => /^[\w-]{15}=$/.test(document.querySelector('p')?.textContent), { polling: 50 })
      const id = await shown('p')
      await page.evaluate(() => void (globalThis.isSamePage = true))
      await writeFile(join(app, 'src/App.tsx'), code.replace('<p>{connectionId', '<p title="edited">{connectionId'))
      await page.waitForFunction(() => document.querySelector('[title=edited]'), { polling: 50 })
      await pause(500) // Longer than a session lingers.
      assert.equal(await shown('[title=edited]'), id)
      assert.ok(await page.evaluate(() => isSamePage))
      assert.deepEqual(uncaught, [])
    })
  }

  test('works with gatesocket/slim too, whose wasm Vite makes a file of the app', async () => {
    const code = snippets.react.code.replaceAll(LOCAL, gateway.ws)
    await writeFile(join(app, 'src/App.tsx'), code.replace('gatesocket/react', 'gatesocket/slim/react'))
    const main = await readFile(join(app, 'src/main.tsx'), 'utf8')
    const start = "import { init } from 'gatesocket/slim'\nimport core from 'gatesocket/core.wasm?url'\n\nawait init(core)\n"
    await writeFile(join(app, 'src/main.tsx'), main.replace('\ncreateRoot', `${start}\ncreateRoot`))
    for (const command of production.build) await run(command, app)
    const files = await readdir(join(app, 'dist/assets'))
    assert.equal(files.filter((file) => file.endsWith('.wasm')).length, 1)
    for (const mode of [production, development]) assert.ok(await shownId(mode))
    await writeFile(join(app, 'src/main.tsx'), main)
  })

  test('and every sample of the chapters for users passes the template’s type check', async () => {
    for (const [name, { type, code }] of Object.entries(snippets)) {
      await writeFile(join(app, `src/sample-${name}.${type}`), code)
    }
    await run('tsc -b', app)
    // The check checks something: a wrong option does not pass.
    const wrong = "import { connect } from 'gatesocket'\nconnect('ws://x/', { conectTimeout: 1 })\n"
    await writeFile(join(app, 'src/wrong.ts'), wrong)
    await assert.rejects(run('tsc -b', app), /conectTimeout/)
    await rm(join(app, 'src/wrong.ts'))
  })
})
