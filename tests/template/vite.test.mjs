// A newcomer's first minutes: an app of Vite's own React template, outside the project, that installs
// the tarball and gets the README's code pasted in.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { launch, openPage } from '../page/chromium.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const LOCAL = 'ws://localhost:3001/production/'
const run = promisify(execFile)

let browser, gateway, folder, app, snippets

before(async () => {
  const texts = ['README.md', 'docs/react.md', 'docs/session.md'].map((file) => readFile(join(ROOT, file), 'utf8'))
  const found = (await Promise.all(texts)).join('\n').matchAll(/<!-- snippet: (\w+) -->\n```(tsx?)\n([\s\S]*?)```/g)
  snippets = Object.fromEntries([...found].map(([, name, type, code]) => [name, { type, code }]))
  gateway = await startGateway(null, ['--handler', connectionIdHandler])
  browser = await launch()
  folder = await mkdtemp(join(tmpdir(), 'gatesocket-template-'))
  app = join(folder, 'my-app')
  const require = createRequire(join(ROOT, 'tests/page/package.json'))
  const createVite = join(dirname(require.resolve('create-vite/package.json')), 'index.js')
  const quiet = ['--no-audit', '--no-fund']
  await run('node', [createVite, 'my-app', '--template', 'react-ts', '--no-interactive'], { cwd: folder })
  await run('npm', ['install', ...quiet], { cwd: app })
  await run('npm', ['install', ...quiet, process.env.GATESOCKET_TARBALL], { cwd: app })
})

after(async () => {
  await browser?.close()
  await gateway?.stop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** Opens the page of a Vite server, and hands it to `look` when it shows a connectionId. */
async function withPage(viteArguments, look) {
  const server = spawn('npx', ['vite', ...viteArguments, '--port', '0', '--host', 'localhost'], {
    cwd: app,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, NO_COLOR: '1' },
  })
  try {
    const address = await new Promise((resolve, reject) => {
      let text = ''
      server.stdout.on('data', (chunk) => {
        text += chunk
        const found = /http:\/\/localhost:\d+\//.exec(text)
        if (found) resolve(found[0])
      })
      server.once('exit', (code) => reject(new Error(`vite exited with ${code}: ${text}`)))
    })
    const { page, uncaught, close } = await openPage(browser)
    await page.goto(address)
    const shown = page.getByText(/^[\w-]{15}=$/)
    await shown.waitFor()
    const result = await look(page, await shown.textContent())
    assert.deepEqual(uncaught, [])
    await close()
    return result
  } finally {
    process.kill(-server.pid, 'SIGTERM')
  }
}

const shownConnectionId = (...viteArguments) => withPage(viteArguments, (_, id) => id)

for (const name of ['react', 'effect']) {
  test(`the README’s ${name} code, pasted into App.tsx, shows a connectionId`, async () => {
    const code = snippets[name].code
    assert.ok(code.includes(LOCAL), 'the README names the local address')
    await writeFile(join(app, 'src/App.tsx'), code.replaceAll(LOCAL, gateway.ws))
    // The template's own build, which checks types first.
    await run('npm', ['run', 'build'], { cwd: app })
    const built = await shownConnectionId('preview')
    const developed = await shownConnectionId()
    assert.notEqual(built, developed)
    for (const id of [built, developed]) await gateway.log.line(new RegExp(`^connected ${id}`))
  })
}

test('Fast Refresh keeps the connection while its component is edited', async () => {
  const code = snippets.react.code.replaceAll(LOCAL, gateway.ws)
  await writeFile(join(app, 'src/App.tsx'), code)
  await withPage([], async (page, id) => {
    await page.evaluate(() => (globalThis.isSamePage = true))
    await writeFile(join(app, 'src/App.tsx'), code.replace('<p>{connectionId', '<p title="edited">{connectionId'))
    await page.getByTitle('edited').waitFor()
    await page.waitForTimeout(500) // Longer than a session lingers.
    assert.equal(await page.getByTitle('edited').textContent(), id)
    assert.ok(await page.evaluate(() => isSamePage))
  })
})

test('every code sample of the README and of the chapters for users passes the template’s type check', async () => {
  for (const [name, { type, code }] of Object.entries(snippets)) {
    await writeFile(join(app, `src/sample-${name}.${type}`), code)
  }
  await run('npx', ['tsc', '-b'], { cwd: app })
  // The check checks something: a wrong option does not pass.
  const wrong = "import { connect } from 'gatesocket'\nconnect('ws://x/', { conectTimeout: 1 })\n"
  await writeFile(join(app, 'src/wrong.ts'), wrong)
  await assert.rejects(run('npx', ['tsc', '-b'], { cwd: app }), ({ stdout }) => /conectTimeout/.test(stdout))
  await rm(join(app, 'src/wrong.ts'))
})
