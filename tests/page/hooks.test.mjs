// Every hook in a real React page: what renders and what does not, Suspense, transitions, servers, and what
// is left when components have gone.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startBackend } from './backend.mjs'
import { launch, openPage } from './chromium.mjs'
import { installLedger } from './ledger.mjs'
import { until } from './session-page.mjs'
import { bundled, fixturePage, serve } from './site.mjs'

const REACT_18 = fileURLToPath(new URL('../unit/react18/node_modules', import.meta.url))
const QUICK = { reconnect: { baseDelay: 100 } }
let browser, site, folder, page, uncaught, backend, closePage

before(async () => {
  browser = await launch()
  folder = await mkdtemp(join(tmpdir(), 'gatesocket-server-'))
  const server = join(folder, 'server.cjs')
  await writeFile(server, await bundled('hooks-server.jsx', { platform: 'node', format: 'cjs' }))
  const { render } = createRequire(server)(server)
  const rendered = await render({ url: 'ws://localhost:1/' })
  assert.deepEqual(rendered.errors, ['unsupported'])
  const alias = Object.fromEntries(['react', 'react-dom'].map((name) => [name, join(REACT_18, name)]))
  site = await serve({
    '/': await fixturePage('hooks-page.jsx'),
    '/production': await fixturePage('hooks-page.jsx', { mode: 'production' }),
    // React 18 has no `use`, which the fixture imports for one of its views.
    '/18': await fixturePage('hooks-page.jsx', { alias, logOverride: { 'import-is-undefined': 'silent' } }),
    '/server': await fixturePage('hooks-page.jsx', { body: rendered.html }),
  })
})

after(async () => {
  await browser?.close()
  await site?.stop()
  if (folder) await rm(folder, { recursive: true })
})

beforeEach(async () => {
  backend = await startBackend()
  await open('/')
})

afterEach(async () => {
  await page.evaluate(() => unmount()).catch(() => {})
  await page.waitForFunction(() => Object.values(ledger.left()).every((count) => count === 0), undefined, { timeout: 5000 })
  assert.deepEqual(uncaught, [])
  await closePage()
  backend.stop()
})

async function open(path) {
  await closePage?.()
  ;({ page, uncaught, close: closePage } = await openPage(browser))
  await page.addInitScript(installLedger)
  await page.goto(site.address + path)
  await page.waitForFunction(() => globalThis.loaded)
}

const mount = (kind, properties = {}) =>
  page.evaluate((properties) => mount(properties), { kind, url: backend.address, options: QUICK, ...properties })
const shows = (id, text) =>
  page.waitForFunction(([id, text]) => document.getElementById(id)?.textContent === text, [id, text])
const tell = (...messages) => {
  for (const message of messages) backend.connections.at(-1).socket.send(JSON.stringify(message))
}
/** Two frames: what has arrived was rendered. */
const frames = () =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))

for (const [name, path] of [['19', '/'], ['18', '/18']]) {
  test(`with React ${name}, a component renders for what it reads and for nothing else`, async () => {
    await open(path)
    assert.match(await page.evaluate(() => reactVersion), new RegExp(`^${name}`))
    await mount('Isolation')
    await shows('id', 'id1=')
    await shows('status', 'ready')
    const renders = () => page.evaluate(() => ({ ...counts.renders }))
    const before = await renders()
    tell(...Array.from({ length: 50 }, (_, n) => ({ row: 2, n })), 'text')
    tell({ row: 1, n: 1 })
    await shows('row', '1')
    await frames()
    // StrictMode renders twice.
    assert.deepEqual(await renders(), { ...before, row: before.row + 2 })
  })

  test(`with React ${name}, options and functions that are new at each render keep one connection`, async () => {
    await open(path)
    await mount('Fresh', { provide: false })
    await shows('fresh', '0 id1=')
    await page.evaluate(() => {
      for (let time = 0; time < 100; time++) renderFresh()
    })
    await shows('fresh', '100 id1=')
    assert.equal(backend.connections.length, 1)
    await mount('All')
    await shows('all', '0 3 true 0')
    await page.evaluate(() => renderAgain())
    await shows('all', '1 3 true 0')
    assert.equal(backend.connections.length, 2)
    assert.equal(backend.received('ADD').length, 1)
    assert.equal(backend.received('JOIN_ROOM').length, 1)
  })
}

test('a burst of 5,000 messages is seen whole by each of a hundred components, in few renders', async () => {
  await mount('Readers', { copies: 100 })
  await shows('id', 'id1=')
  const before = await page.evaluate(() => counts.renders.r0)
  const start = Date.now()
  for (let n = 0; n < 5000; n++) tell({ n })
  await page.waitForFunction(() => Object.values(counts.seen ?? {}).length === 100)
  await page.waitForFunction(() => Object.values(counts.seen).every((seen) => seen.size === 5000))
  const renders = (await page.evaluate(() => counts.renders.r0)) - before
  // StrictMode renders twice; a frame is 16 ms.
  const most = 2 * ((Date.now() - start) / 16 + 2)
  assert.ok(renders <= most, `${renders} renders, ${most} at most`)
  assert.equal(backend.connections.length, 1)
})

test('without animation frames, as in a hidden tab, every message is seen too', async () => {
  await page.evaluate(() => (globalThis.requestAnimationFrame = () => 0))
  await mount('Readers', { copies: 1 })
  await shows('id', 'id1=')
  for (let n = 0; n < 500; n++) tell({ n })
  await page.waitForFunction(() => counts.seen?.r0.size === 500)
})

test('use(ready()) suspends until the first connectionId, inside and outside of a provider, and not again', async () => {
  for (const provide of [true, false]) {
    await mount('Suspended', { provide, options: undefined })
    await shows('suspended', 'id1=')
    assert.equal(backend.connections.length, 1)
  }
  await page.evaluate(() => {
    globalThis.fallbacks = 0
    new MutationObserver(() => (fallbacks += document.getElementById('fallback') ? 1 : 0)).observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
    })
  })
  backend.cut()
  await shows('suspended', 'id2=')
  assert.equal(await page.evaluate(() => fallbacks), 0)
})

test('use(ready()) shows the fallback while it waits, and gives what ended the session to the boundary', async () => {
  await mount('Suspended', { provide: false, url: 'http://localhost/' })
  await shows('caught', 'url-rejected')
  await page.evaluate(() => unmount())
  await mount('Suspended', { options: { ...QUICK, identify: { action: 'LATER' } } })
  await shows('fallback', 'waiting')
  await until(() => backend.received('LATER').length > 0, 'the question came')
  tell({ connectionId: 'late=' })
  await shows('suspended', 'late=')
})

test('a transition shows one connectionId everywhere, also when another comes while it renders', async () => {
  await mount('Many', { copies: 30, options: { reconnect: { baseDelay: 20 }, rotation: { age: 250, spread: 1 } } })
  await page.waitForFunction(() => document.querySelector('.slow')?.textContent === 'id1=')
  for (let time = 0; backend.connections.length < 5; time++) {
    assert.ok(time < 200, 'the connection was replaced again and again')
    // The first is replaced because of its age; the others are lost, which is sooner.
    if (backend.connections.length > 1 && time % 5 === 0) backend.cut()
    await page.evaluate(() => renderMore())
    await page.waitForTimeout(50)
  }
  const commits = await page.evaluate(() => commits)
  assert.ok(commits.length >= 4)
  assert.deepEqual(commits.filter((shown) => shown.length > 1), [])
})

test('unmounting while the connection opens leaves nothing behind, whatever hooks there are', async () => {
  await mount('All', { url: 'ws://localhost:9/' })
  await page.evaluate(() => unmount())
  await mount('All')
  await page.waitForFunction(() => ledger.opened > 0)
  await page.evaluate(() => unmount())
})

test('different options for one URL are an error in development, and two sessions in production', async () => {
  await mount('Two', { provide: false })
  await shows('two', 'id1= bad-options')
  await open('/production')
  await mount('Two', { provide: false })
  await page.waitForFunction(() => /^id\d+= id\d+=$/.test(document.getElementById('two')?.textContent))
  assert.equal(backend.connections.length, 3)
})

test('what a server rendered is taken over without a difference, and connects then', async () => {
  await open('/server')
  const told = []
  page.on('console', (message) => told.push(message.text()))
  assert.equal(await page.textContent('#status'), 'idle')
  assert.equal(await page.textContent('#fallback'), 'waiting')
  assert.equal(await page.evaluate(() => ledger.opened), 0)
  await page.evaluate(() => (globalThis.taken = document.getElementById('status')))
  await page.evaluate((url) => hydrate({ url }), backend.address)
  await shows('status', 'ready')
  await shows('suspended', 'id1=')
  await shows('all', '0 3 true 0')
  assert.ok(await page.evaluate(() => taken === document.getElementById('status')))
  // The part that waits for a connection is the only one that the server left to the browser.
  const recovered = await page.evaluate(() => recovered)
  assert.equal(recovered.length, 1, recovered.join())
  assert.match(recovered[0], /A server has no connection to wait for/)
  assert.deepEqual(told, [])
  assert.equal(backend.connections.length, 1)
})

test('mounted and unmounted 1,000 times, a component leaves no socket, listener, timer or memory', async () => {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const measure = async () => {
    await page.waitForFunction(() => Object.values(ledger.left()).every((count) => count === 0))
    await until(() => backend.connections.every(({ closed }) => closed !== null), 'every connection is closed')
    // The server's own part of it, and what waits for the end of a task.
    backend.connections.length = 0
    await page.evaluate(() => ledger.forget())
    for (let time = 0; time < 3; time++) await session.send('HeapProfiler.collectGarbage')
    const { metrics } = await session.send('Performance.getMetrics')
    const { JSEventListeners, JSHeapUsedSize } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
    return { listeners: JSEventListeners, heap: JSHeapUsedSize, wasm: await page.evaluate(() => ledger.wasmBytes()) }
  }
  // What a collection gives back is used again: how high the memory stands is not left to when one comes.
  const often = async (times) => {
    for (let time = 0; time < times; time += 100) {
      await page.evaluate((url) => mountOften(100, { kind: 'All', url }), `${backend.address}${time}`)
      await session.send('HeapProfiler.collectGarbage')
    }
  }
  await often(300)
  const before = await measure()
  await often(1000)
  const after = await measure()
  assert.ok(before.wasm > 0)
  // One page of WebAssembly more at most: less than 66 bytes for each session.
  assert.ok(after.wasm <= before.wasm + 65_536, `${after.wasm} bytes of wasm, ${before.wasm} before`)
  assert.ok(after.listeners <= before.listeners, `${after.listeners} listeners, ${before.listeners} before`)
  assert.ok(after.heap < before.heap + 300_000, `${after.heap} bytes, ${before.heap} before`)
})
