// gatesocket/slim, whose wasm the page loads itself: what init takes, when it is called twice, and what goes wrong.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startBackend } from './backend.mjs'
import { ENGINES, launchAsUsed } from './browsers.mjs'
import { bundled, fixturePage, serve } from './site.mjs'

const PACKAGE = fileURLToPath(new URL('../../www/node_modules/gatesocket/', import.meta.url))
let site, backend, core, manifest

const sending = (body, headers) => (_, response) => response.writeHead(200, headers).end(body)

before(async () => {
  core = await readFile(`${PACKAGE}core.wasm`)
  manifest = JSON.parse(await readFile(`${PACKAGE}package.json`, 'utf8'))
  backend = await startBackend()
  const other = Buffer.from(core)
  // The name of what it imports, as if another version had another one.
  const name = other.indexOf('number')
  assert.ok(name > 0)
  other[name] = 'X'.charCodeAt(0)
  site = await serve({
    '/': await fixturePage('slim.jsx', { first: [installSight] }),
    '/core.wasm': sending(core, { 'content-type': 'application/wasm' }),
    '/core.bin': sending(core, { 'content-type': 'application/octet-stream' }),
    '/other.wasm': sending(other, { 'content-type': 'application/wasm' }),
  })
})

after(async () => {
  await site?.stop()
  backend?.stop()
})

test('the hash of core.wasm is published in package.json', () => {
  assert.equal(manifest.integrity['core.wasm'], `sha384-${createHash('sha384').update(core).digest('base64')}`)
})

test('an app that uses slim alone contains no wasm', async () => {
  const [slim, whole] = await Promise.all(['slim.jsx', 'trap.jsx'].map((fixture) => bundled(fixture, { minify: true })))
  assert.ok(whole.length - slim.length > core.length, `${slim.length} against ${whole.length}`)
})

/** Runs before the page's scripts. */
function installSight() {
  globalThis.streamed = 0
  const { compileStreaming } = WebAssembly
  WebAssembly.compileStreaming = (...given) => (streamed++, compileStreaming(...given))
  globalThis.code = (promise) => Promise.resolve(promise).then(String, (error) => `${error.name} ${error.code}: ${error.message}`)
}

for (const name of ENGINES) {
  test(`in ${name}`, async (t) => {
    const { open, close } = await launchAsUsed(name)
    t.after(close)

    /** Runs in a fresh page; errors come back as their codes. */
    async function within(run, ...given) {
      const { page, uncaught } = await open()
      try {
        await page.goto(site.address)
        await page.waitForFunction(() => globalThis.loaded)
        return await page.evaluate(run, backend.address, ...given)
      } finally {
        // Firefox logs what a hash forbids as it logs uncaught errors.
        assert.deepEqual(uncaught.filter((error) => !/^Error: None of the .* hashes/.test(error)), [])
        await page.close()
      }
    }

    await t.test('connect before init says what to do, to components too, and works after it', async () => {
      const seen = await within(async (url) => {
        const thrown = []
        try {
          connect(url)
        } catch (error) {
          thrown.push(`${error.code}: ${error.message}`, error instanceof GateSocketError)
        }
        const shows = async (isSo) => {
          while (!isSo(document.getElementById('session').textContent)) await new Promise((resolve) => setTimeout(resolve, 10))
          return true
        }
        mount(url)
        await shows((text) => text === 'not-initialized')
        await init('/core.wasm')
        mount(url)
        await shows((text) => /^id\d+=$/.test(text))
        return { thrown, id: await getConnectionId(url) }
      })
      assert.match(seen.thrown[0], /^not-initialized: .*Await init/)
      assert.equal(seen.thrown[1], true)
      assert.match(seen.id, /^id\d+=$/)
    })

    for (const [what, streamed, source] of [
      ['a URL', 1, () => new URL('/core.wasm', location)],
      ['a Response, while it loads', 1, () => fetch('/core.wasm')],
      ['a Response of another type', 0, () => fetch('/core.bin')],
      ['the bytes', 0, async () => new Uint8Array(await (await fetch('/core.bin')).arrayBuffer())],
      ['a module', 0, async () => WebAssembly.compile(await (await fetch('/core.bin')).arrayBuffer())],
    ]) {
      await t.test(`init takes ${what}`, async () => {
        const seen = await within(async (url, source) => {
          await init(await (0, eval)(source)())
          return [await getConnectionId(url), streamed]
        }, `(${source})`)
        assert.match(seen[0], /^id\d+=$/)
        assert.equal(seen[1], streamed)
      })
    }

    await t.test('init may be called by many at once, and again', async () => {
      const seen = await within(async (url) => {
        const [one, other] = [init(fetch('/core.wasm')), init(Promise.reject(new Error('nobody asks')))]
        await Promise.all([one, other])
        await init('/nowhere')
        return [one === other, streamed, await getConnectionId(url)]
      })
      assert.deepEqual(seen.slice(0, 2), [true, 1])
    })

    await t.test('init that fails says why, and may be called again', async () => {
      const seen = await within(async (url) => {
        const codes = [
          await code(init('/nowhere')),
          await code(init(fetch('/nowhere'))),
          await code(init(7)),
          await code(init(Promise.reject(new Error('mine')))),
          await code(init(new Uint8Array(8))),
          // A module without anything.
          await code(init(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
          // The hash forbids it; without it, what it imports is not there.
          await code(init('/other.wasm')),
          await code(init(fetch('/other.wasm'))),
        ]
        await init(fetch('/core.wasm', { integrity }))
        return [...codes, await getConnectionId(url)]
      })
      const expected = [
        /core-unavailable: .*HTTP status 404|core-unavailable: .*could not be fetched/,
        /core-unavailable: .*HTTP status 404/,
        /bad-options: init takes/,
        /^Error undefined: mine$/,
        /unsupported: WebAssembly could not start \(CompileError/,
        /core-unavailable: .*installed version/,
        /core-unavailable: .*integrity/,
        /core-unavailable: .*installed version/,
        /^id\d+=$/,
      ]
      expected.forEach((pattern, index) => assert.match(seen[index], pattern))
    })
  })
}
