// Every hook in a real React page of each browser: what renders and what does not, Suspense, transitions, servers, and
// what is left when components have gone.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { installLedger } from './ledger.mjs'
import { inEachBrowser } from './each-browser.mjs'
import { until } from './session-page.mjs'
import { bundled, fixturePage } from './site.mjs'

const REACT_18 = fileURLToPath(new URL('../unit/react18/node_modules', import.meta.url))
const QUICK = { reconnect: { baseDelay: 100 } }

async function pages() {
  const folder = await mkdtemp(join(tmpdir(), 'gatesocket-server-'))
  const server = join(folder, 'server.cjs')
  await writeFile(server, await bundled('hooks-server.jsx', { platform: 'node', format: 'cjs' }))
  const { render } = createRequire(server)(server)
  const rendered = await render({ url: 'ws://localhost:1/' })
  assert.deepEqual(rendered.errors, ['unsupported'])
  const alias = Object.fromEntries(['react', 'react-dom'].map((name) => [name, join(REACT_18, name)]))
  const page = (options) => fixturePage('hooks-page.jsx', { first: [installLedger], ...options })
  return {
    pages: {
      '/': await page(),
      '/production': await page({ mode: 'production' }),
      // React 18 has no `use`, which the fixture imports for one of its views.
      '/18': await page({ alias, logOverride: { 'import-is-undefined': 'silent' } }),
      '/server': await page({ body: rendered.html }),
    },
    end: () => rm(folder, { recursive: true }),
  }
}

inEachBrowser(pages, (own) => {
  const { evaluate, frames, open, shows, tell, waitFor } = own
  const mount = (kind, properties = {}) =>
    evaluate((properties) => mount(properties), { kind, url: own.backend.address, options: QUICK, ...properties })

  for (const [name, path] of [['19', '/'], ['18', '/18']]) {
    test(`with React ${name}, a component renders for what it reads and for nothing else`, async () => {
      await open(path)
      assert.match(await evaluate(() => reactVersion), new RegExp(`^${name}`))
      await mount('Isolation')
      await shows('id', 'id1=')
      await shows('status', 'ready')
      const renders = () => evaluate(() => ({ ...counts.renders }))
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
      await evaluate(() => {
        for (let time = 0; time < 100; time++) renderFresh()
      })
      await shows('fresh', '100 id1=')
      assert.equal(own.backend.connections.length, 1)
      await mount('All')
      await shows('all', '0 3 true 0')
      await evaluate(() => renderAgain())
      await shows('all', '1 3 true 0')
      assert.equal(own.backend.connections.length, 2)
      assert.equal(own.backend.received('ADD').length, 1)
      assert.equal(own.backend.received('JOIN_ROOM').length, 1)
    })
  }

  test('a burst of 5,000 messages is seen whole by each of a hundred components, in few renders', async () => {
    await mount('Readers', { copies: 100 })
    await shows('id', 'id1=')
    const before = await evaluate(() => counts.renders.r0)
    const start = Date.now()
    for (let n = 0; n < 5000; n++) tell({ n })
    await waitFor(() => Object.values(counts.seen ?? {}).length === 100)
    await waitFor(() => Object.values(counts.seen).every((seen) => seen.size === 5000))
    const renders = (await evaluate(() => counts.renders.r0)) - before
    // StrictMode renders twice; a frame is 16 ms.
    const most = 2 * ((Date.now() - start) / 16 + 2)
    assert.ok(renders <= most, `${renders} renders, ${most} at most`)
    assert.equal(own.backend.connections.length, 1)
  })

  test('without animation frames, as in a hidden tab, every message is seen too', async () => {
    await evaluate(() => (globalThis.requestAnimationFrame = () => 0))
    await mount('Readers', { copies: 1 })
    await shows('id', 'id1=')
    for (let n = 0; n < 500; n++) tell({ n })
    await waitFor(() => counts.seen?.r0.size === 500)
  })

  test('use(ready()) suspends until the first connectionId, inside and outside of a provider, and not again', async () => {
    for (const provide of [true, false]) {
      await mount('Suspended', { provide, options: undefined })
      await shows('suspended', 'id1=')
      assert.equal(own.backend.connections.length, 1)
    }
    await evaluate(() => {
      globalThis.fallbacks = 0
      new MutationObserver(() => (fallbacks += document.getElementById('fallback') ? 1 : 0)).observe(document.body, {
        childList: true,
        subtree: true,
        attributes: true,
      })
    })
    own.backend.cut()
    await shows('suspended', 'id2=')
    assert.equal(await evaluate(() => fallbacks), 0)
  })

  test('use(ready()) shows the fallback while it waits, and gives what ended the session to the boundary', async () => {
    await mount('Suspended', { provide: false, url: 'http://localhost/' })
    await shows('caught', 'url-rejected')
    await evaluate(() => unmount())
    await mount('Suspended', { options: { ...QUICK, identify: { action: 'LATER' } } })
    await shows('fallback', 'waiting')
    await until(() => own.backend.received('LATER').length > 0, 'the question came')
    tell({ connectionId: 'late=' })
    await shows('suspended', 'late=')
  })

  test('a transition shows one connectionId everywhere, also when another comes while it renders', async () => {
    await mount('Many', { copies: 30, options: { reconnect: { baseDelay: 20 }, rotation: { age: 250, spread: 1 } } })
    // The first one or one after it: none of them lasts.
    await waitFor(() => /^id\d+=$/.test(document.querySelector('.slow')?.textContent))
    for (let time = 0; own.backend.connections.length < 5; time++) {
      assert.ok(time < 200, 'the connection was replaced again and again')
      // The first is replaced because of its age; the others are lost, which is sooner.
      if (own.backend.connections.length > 1 && time % 5 === 0) own.backend.cut()
      await evaluate(() => renderMore())
      await pause(50)
    }
    const commits = await evaluate(() => commits)
    assert.ok(commits.length >= 4)
    assert.deepEqual(commits.filter((shown) => shown.length > 1), [])
  })

  test('unmounting while the connection opens leaves nothing behind, whatever hooks there are', async () => {
    await mount('All', { url: 'ws://localhost:9/' })
    await evaluate(() => unmount())
    await mount('All')
    await waitFor(() => ledger.opened > 0)
    await evaluate(() => unmount())
  })

  test('different options for one URL are an error in development, and two sessions in production', async () => {
    await mount('Two', { provide: false })
    await shows('two', 'id1= bad-options')
    await open('/production')
    await mount('Two', { provide: false })
    await waitFor(() => /^id\d+= id\d+=$/.test(document.getElementById('two')?.textContent))
    assert.equal(own.backend.connections.length, 3)
  })

  test('what a server rendered is taken over without a difference, and connects then', async () => {
    await open('/server')
    await evaluate(() => {
      globalThis.told = []
      for (const level of ['error', 'warn']) console[level] = (...given) => told.push(given.join(' '))
    })
    assert.equal(await own.text('status'), 'idle')
    assert.equal(await own.text('fallback'), 'waiting')
    assert.equal(await evaluate(() => ledger.opened), 0)
    await evaluate(() => (globalThis.taken = document.getElementById('status')))
    await evaluate((url) => hydrate({ url }), own.backend.address)
    await shows('status', 'ready')
    await shows('suspended', 'id1=')
    await shows('all', '0 3 true 0')
    assert.ok(await evaluate(() => taken === document.getElementById('status')))
    // The part that waits for a connection is the only one that the server left to the browser.
    const recovered = await evaluate(() => recovered)
    assert.equal(recovered.length, 1, recovered.join())
    assert.match(recovered[0], /A server has no connection to wait for/)
    assert.deepEqual(await evaluate(() => told), [])
    assert.equal(own.backend.connections.length, 1)
  })

  test('mounted and unmounted 1,000 times, a component leaves no socket, listener, timer or memory', async () => {
    const collect = await own.collector()
    const measure = async () => {
      await own.isEmpty()
      await until(() => own.backend.connections.every(({ closed }) => closed !== null), 'every connection is closed')
      // The server's own part of it, and what waits for the end of a task.
      own.backend.connections.length = 0
      await evaluate(() => ledger.forget())
      return { ...(await collect()), wasm: await evaluate(() => ledger.wasmBytes()) }
    }
    // What a collection gives back is used again: how high the memory stands is not left to when one comes.
    const often = async (times) => {
      for (let time = 0; time < times; time += 100) {
        await evaluate((url) => mountOften(100, { kind: 'All', url }), `${own.backend.address}${time}`)
        // The memory of a session is given back in a task after the collection, which comes late on a busy machine.
        await evaluate(() => {
          globalThis.told = new Promise((resolve) => {
            globalThis.teller = new FinalizationRegistry(resolve)
            teller.register({}, 0)
          })
        })
        await collect()
        await evaluate(() => Promise.race([told, new Promise((resolve) => setTimeout(resolve, 500))]))
      }
    }
    await often(400)
    const before = await measure()
    await often(1000)
    const after = await measure()
    assert.ok(before.wasm > 0)
    // In Chromium one page of WebAssembly: less than 66 bytes for each session. The others collect garbage when they like:
    // there it is 1,049 bytes, and a session that stays takes about 3,000.
    const most = 65_536 * (own.engine === 'chromium' ? 1 : 16)
    assert.ok(after.wasm <= before.wasm + most, `${after.wasm} bytes of wasm, ${before.wasm} before`)
    if (own.engine !== 'chromium') return // Which alone tells of these.
    assert.ok(after.listeners <= before.listeners, `${after.listeners} listeners, ${before.listeners} before`)
    assert.ok(after.heap < before.heap + 300_000, `${after.heap} bytes, ${before.heap} before`)
  })
})
