// A newcomer's first minutes: the README's code, pasted into an app of Vite's React template.
import assert from 'node:assert/strict'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
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

  /** Opens the page that a server of the app shows. */
  async function withServer(mode, look, known) {
    const server = await serve(mode, app)
    try {
      return await withPage(browser, server.address, look, known)
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
      const built = await withServer(production)
      // StrictMode ends an effect at once and runs it again; for that Chromium has a warning of its own.
      const developed = await withServer(development, undefined, /closed before the connection is established/)
      assert.notEqual(built, developed)
      for (const id of [built, developed]) await gateway.log.line(new RegExp(`^connected ${id}`))
    })
  }

  test('keeps its connection under Fast Refresh, while its component is edited', async () => {
    const code = snippets.react.code.replaceAll(LOCAL, gateway.ws)
    await writeFile(join(app, 'src/App.tsx'), code)
    await withServer(development, async (page, id) => {
      await page.evaluate(() => (globalThis.isSamePage = true))
      await writeFile(join(app, 'src/App.tsx'), code.replace('<p>{connectionId', '<p title="edited">{connectionId'))
      await page.getByTitle('edited').waitFor()
      await page.waitForTimeout(500) // Longer than a session lingers.
      assert.equal(await page.getByTitle('edited').textContent(), id)
      assert.ok(await page.evaluate(() => isSamePage))
    })
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
