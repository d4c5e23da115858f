// What a user meets whose app does not fit: an outdated React, an edge runtime, a bundler that drops what it can.
import assert from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { launch, openPage } from '../page/chromium.mjs'
import { run, serve } from './servers.mjs'
import { settle } from './workplace.mjs'

const chosen = process.env.GATESOCKET_PACKAGES.split(',')
const BUNDLE = 'esbuild src/app.jsx --bundle --jsx=automatic --outdir=www'

describe('React 17 and older', { skip: !chosen.includes('react17') }, () => {
  let browser, gateway, place

  before(async () => {
    gateway = await startGateway(null, ['--handler', connectionIdHandler])
    browser = await launch()
    place = await settle('react17', gateway)
  })

  after(async () => {
    await browser?.close()
    await gateway?.stop()
  })

  test('is refused by npm, which says what the package wants', async () => {
    const install = `npm install --dry-run --no-save --legacy-peer-deps=false ${process.env.GATESOCKET_TARBALL}`
    await assert.rejects(run(install, place), /react@">=18" from gatesocket/)
  })

  for (const [version, flags] of [
    ['17.0.2', ''],
    ['16.14.0', ' --alias:react=react16 --alias:react-dom=react-dom16'],
  ]) {
    test(`where ${version} was forced in: each hook and the provider throw a sentence that names it`, async () => {
      await run(BUNDLE + flags, place)
      const server = await serve({ folder: 'www' }, place)
      const { page, close } = await openPage(browser)
      try {
        await page.goto(server.address)
        await page.locator('p').nth(2).waitFor()
        const texts = await page.locator('p').allTextContents()
        const sentence = new RegExp(`needs React 18 or later; this page has React ${version.replaceAll('.', '\\.')}`)
        assert.equal(texts.length, 3)
        for (const text of texts) assert.match(text, sentence)
      } finally {
        await close()
        await server.stop()
      }
    })
  }

  test('lets Node.js import the hooks, as a server does', async () => {
    await run('node --input-type=module --eval import("gatesocket/react")', place)
  })
})

describe('with esbuild', { skip: !chosen.includes('esbuild') }, () => {
  let browser, gateway, place

  before(async () => {
    gateway = await startGateway(null, ['--handler', connectionIdHandler])
    browser = await launch()
    place = await settle('esbuild', gateway)
  })

  after(async () => {
    await browser?.close()
    await gateway?.stop()
  })

  /** Bundles a text as a file of the app's sources. */
  async function bundle(text, ...flags) {
    await writeFile(join(place, 'src/other.js'), text)
    const said = await run(['esbuild src/other.js --bundle --outfile=www/other.js', ...flags].join(' '), place)
    return { said, code: await readFile(join(place, 'www/other.js'), 'utf8') }
  }

  test('an app that uses nothing of the package has nothing of it', async () => {
    const { code } = await bundle("import 'gatesocket'\nimport 'gatesocket/react'\n", '--format=esm')
    assert.ok(code.length < 500, `${code.length} characters are left, which begin ${code.slice(0, 200)}`)
    assert.doesNotMatch(code, /^[^/\s]/m, 'but for comments')
  })

  test('an edge runtime that compiles no WebAssembly may import the package, and says what a session needs', async () => {
    const { code } = await bundle("import { connect } from 'gatesocket'\nglobalThis.connect = connect\n")
    const globals = { console, setTimeout, clearTimeout, TextDecoder, TextEncoder, WebSocket: class {}, URL, AbortSignal }
    const context = createContext(globals, { codeGeneration: { strings: false, wasm: false } })
    runInContext(code, context)
    assert.throws(
      () => context.connect('wss://example.com/'),
      ({ code, message }) => code === 'unsupported' && /disallowed by embedder.*edge runtime.*gatesocket\/slim/s.test(message),
    )
  })

  test('two copies of the package in one page work, and development says that there are two', async () => {
    await cp(join(place, 'node_modules/gatesocket'), join(place, 'older/node_modules/gatesocket'), { recursive: true })
    await writeFile(join(place, 'older/index.js'), "export { getConnectionId } from 'gatesocket'\n")
    const twice = `import { getConnectionId } from 'gatesocket'
import { getConnectionId as older } from '../older/index.js'
const url = '${gateway.ws}'
document.title = [await getConnectionId(url), await older(url)].join(' ')
`
    await bundle(twice, '--format=esm')
    await writeFile(join(place, 'www/twice.html'), '<script type="module" src="other.js"></script>')
    const server = await serve({ folder: 'www' }, place)
    const { page, close } = await openPage(browser)
    const warnings = []
    page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()))
    try {
      await page.goto(`${server.address}/twice.html`)
      await page.waitForFunction(() => /^[\w-]{15}= [\w-]{15}=$/.test(document.title))
      assert.equal(warnings.length, 1)
      assert.match(warnings[0], /gatesocket is here twice/)
    } finally {
      await close()
      await server.stop()
    }
  })
})
