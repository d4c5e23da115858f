// The package under Content-Security-Policy: what a page must allow, and that nothing more is needed.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startBackend } from './backend.mjs'
import { ENGINES, launchAsUsed } from './browsers.mjs'
import { bundled, keepUncaughtErrors, serve } from './site.mjs'

const PACKAGE = fileURLToPath(new URL('../../www/node_modules/gatesocket/', import.meta.url))
const TRUSTED_TYPES = "script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types 'none'"
let site, backend, policy

before(async () => {
  backend = await startBackend()
  const page = (entry) => (_, response) => {
    const html = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><div id="root"></div>
      <script nonce="b2Z0ZW4" src="/first.js"></script>
      <script type="module" nonce="b2Z0ZW4" src="/${entry}.js"></script>`
    response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(html)
  }
  const core = await readFile(`${PACKAGE}core.wasm`)
  site = await serve({
    '/main': page('main'),
    '/slim': page('slim'),
    '/first.js': `;(${keepUncaughtErrors})();(${keepViolations})()`,
    '/main.js': await bundled('trap.jsx', { mode: 'production', minify: true }),
    '/slim.js': await bundled('slim.jsx', { mode: 'production', minify: true }),
    '/core.wasm': (_, response) => response.writeHead(200, { 'content-type': 'application/wasm' }).end(core),
  })
})

after(async () => {
  await site?.stop()
  backend?.stop()
})

/** Runs before the page's scripts: keeps what the policy forbids. */
function keepViolations() {
  globalThis.violations = []
  document.addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective} ${event.blockedURI}`))
}

test('no packed file makes code of text', async () => {
  const files = (await readdir(PACKAGE, { recursive: true })).filter((file) => /\.js$/.test(file) && !file.includes('node_modules'))
  assert.ok(files.length >= 8, String(files))
  for (const file of files) {
    const text = await readFile(PACKAGE + file, 'utf8')
    assert.doesNotMatch(text, /\beval\s*\(|\bFunction\s*\(|\bimport\.meta\b|set(Timeout|Interval)\s*\(\s*["'`]/, file)
  }
})

for (const name of ENGINES) {
  test(`in ${name}`, async (t) => {
    const { open, close } = await launchAsUsed(name)
    t.after(close)
    const own = () => `default-src 'none'; img-src data:; connect-src 'self' ${backend.address.slice(0, -1)};`

    /** What a component shows under this policy, and what the policy forbade. */
    async function under(given, entry) {
      policy = given
      const { page, uncaught } = await open()
      await page.goto(`${site.address}/${entry}`)
      await page.waitForFunction(() => globalThis.loaded)
      const seen = await page.evaluate(
        async ([url, entry]) => {
          const failed = ({ code, message }) => ({ code, message })
          if (entry === 'slim') {
            const failure = await init('/core.wasm').then(() => null, failed)
            if (failure) return { ...failure, violations }
          }
          mount(url)
          const shown = () => document.getElementById('session').textContent
          while (['idle', 'connecting', 'identifying'].includes(shown())) await new Promise((resolve) => setTimeout(resolve, 10))
          const { message } = await getConnectionId(url).then(() => ({}), failed)
          return { shown: shown(), message, violations }
        },
        [backend.address, entry],
      )
      assert.deepEqual(uncaught, [])
      await page.close()
      return seen
    }

    await t.test('a policy with Trusted Types is one that the browser enforces', async () => {
      policy = `${own()} ${TRUSTED_TYPES}`
      const { page } = await open()
      await page.goto(`${site.address}/main`)
      await page.waitForFunction(() => globalThis.loaded)
      const seen = await page.evaluate(async () => {
        const told = new Promise((resolve) => document.addEventListener('securitypolicyviolation', resolve))
        try {
          document.createElement('p').innerHTML = '<b>text</b>'
        } catch (error) {
          await told
          return [error.name, violations]
        }
      })
      await page.close()
      assert.deepEqual(seen, ['TypeError', ['require-trusted-types-for trusted-types-sink']])
    })

    for (const entry of ['main', 'slim']) {
      for (const [what, policy] of [
        ["script-src 'self' 'wasm-unsafe-eval'", "script-src 'self' 'wasm-unsafe-eval'"],
        ['a nonce', "script-src 'nonce-b2Z0ZW4' 'strict-dynamic' 'wasm-unsafe-eval'"],
        ['Trusted Types', TRUSTED_TYPES],
      ]) {
        await t.test(`${entry} works under ${what}`, async () => {
          const { shown, message, violations } = await under(`${own()} ${policy}`, entry)
          assert.match(shown, /^id\d+=$/, message)
          assert.deepEqual(violations, [])
        })
      }

      await t.test(`${entry} says that 'wasm-unsafe-eval' is missing`, async () => {
        const { shown, code, message } = await under(`${own()} script-src 'self'`, entry)
        assert.equal(code ?? shown, 'unsupported')
        assert.match(message, /WebAssembly could not start .*needs 'wasm-unsafe-eval' in its script-src/s)
      })
    }

    await t.test('slim says that connect-src may be missing', async () => {
      const { code, message } = await under("default-src 'none'; img-src data:; script-src 'self' 'wasm-unsafe-eval'", 'slim')
      assert.equal(code, 'core-unavailable')
      assert.match(message, /connect-src/)
    })
  })
}
