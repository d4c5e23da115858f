// A page with one session in it, a backend that a test can cut, and a look at what is left afterwards.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach } from 'node:test'
import { startBackend } from './backend.mjs'
import { launch, openPage } from './chromium.mjs'
import { installLedger } from './ledger.mjs'
import { fixturePage, serve } from './site.mjs'

/** Waits that are short, so that a lost connection is back in a moment. */
export const QUICK = { reconnect: { baseDelay: 200 } }

/**
 * Registers set-up and clean-up of every test of a file; `page` and `backend` are those of the test that runs.
 * `routes` makes what the page's own server answers besides the page.
 */
export function sessionPage(routes = async () => ({})) {
  let browser, site, uncaught, close
  const own = {
    /** Connects in the page: `socket`, and `seen`, which keeps every event. */
    connected: (options = QUICK) =>
      own.page.evaluate(
        async ([url, options]) => {
          globalThis.seen = { status: [], connectionid: [], message: [], error: [], close: [] }
          globalThis.socket = connect(url, options)
          for (const name of Object.keys(seen)) socket.on(name, (event) => seen[name].push(event.code ?? event))
          return await socket.ready()
        },
        [own.backend.address, options],
      ),
    seen: () => own.page.evaluate(() => structuredClone(globalThis.seen)),
    /** For a status that lasts: one that passes quickly is gone before anybody has looked. */
    has: (status) => own.page.waitForFunction((status) => socket.status === status, status),
    /** Waits until the session has had this connectionId, which may have been replaced since. */
    hasId: (id) =>
      own.page.waitForFunction((id) => socket.trace().some((entry) => entry.event === 'connectionid' && entry.connectionId === id), id),
  }

  before(async () => {
    browser = await launch()
    site = await serve({ '/': await fixturePage('api.js'), ...(await routes()) })
  })
  after(async () => {
    await browser?.close()
    await site?.stop()
  })
  beforeEach(async () => {
    own.backend = await startBackend()
    ;({ page: own.page, uncaught, close } = await openPage(browser))
    await own.page.addInitScript(installLedger)
    await own.page.goto(site.address)
    await own.page.waitForFunction(() => globalThis.loaded)
  })
  afterEach(async () => {
    try {
      // The session is closed, and nothing of it may be left in the page.
      await own.page.evaluate(() => globalThis.socket?.close())
      const isEmpty = () => Object.values(ledger.left()).every((count) => count === 0)
      await own.page.waitForFunction(isEmpty)
      assert.deepEqual(uncaught, [])
    } finally {
      await close()
      own.backend.stop()
    }
  })
  return own
}

/** Waits until something on this side is so; for long, as a busy machine may need it. */
export async function until(isSo, what) {
  const end = Date.now() + 60_000
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `it never was so that ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
