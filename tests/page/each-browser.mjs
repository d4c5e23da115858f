// The same tests in each browser: a page of its own for every test, beside a backend that a test can cut.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe } from 'node:test'
import { startBackend } from './backend.mjs'
import { ENGINES, launchAsUsed } from './browsers.mjs'
import { until } from './session-page.mjs'
import { serve } from './site.mjs'

/** The longest that anything may take, in milliseconds: for a busy machine. */
const PATIENCE = 60_000

/**
 * Registers the tests of a file for each browser; they wait more than they work, so the browsers run side by side. `make`
 * makes the pages of the site once, which have the ledger in them, tell when they are `loaded`, and end by `unmount()`.
 * `register` gets what belongs to one browser; its `page` and `backend` are those of the test that runs.
 */
export function inEachBrowser(make, register) {
  let site, ended
  before(async () => {
    const { pages, end } = await make()
    ended = end
    site = await serve({ ...pages, '/elsewhere': '<!doctype html><meta charset="utf-8">Another page' })
  })
  after(async () => {
    await site?.stop()
    await ended?.()
  })

  describe('in', { concurrency: true }, () => {
    for (const engine of ENGINES) {
      describe(engine, { concurrency: 1 }, () => {
        let browser
        const own = {
          engine,
          address: (path) => site.address + path,
          /** Another page in place of the test's own. */
          async open(path = '/') {
            await own.page?.close()
            Object.assign(own, await browser.open())
            await own.page.goto(own.address(path))
            await own.waitFor(() => globalThis.loaded)
          },
          evaluate: (work, ...given) => own.page.evaluate(work, ...given),
          /** Looks again and again, also in a hidden page, which has no animation frames. */
          waitFor: (isSo, ...given) => own.page.waitForFunction(isSo, { polling: 20, timeout: PATIENCE }, ...given),
          text: (id) => own.evaluate((id) => document.getElementById(id)?.textContent, id),
          shows: (id, text) =>
            own.waitFor((id, text) => document.getElementById(id)?.textContent === text, id, text).catch(async (error) => {
              throw new Error(`#${id} does not show ${text} but ${await own.text(id)}`, { cause: error })
            }),
          opened: () => own.evaluate(() => ledger.opened),
          /** Sends from the backend by the connection that opened last. */
          tell(...messages) {
            for (const message of messages) own.backend.connections.at(-1).socket.send(JSON.stringify(message))
          },
          /** Unmounts, and waits until the page holds no socket, no listener on one and no timer. */
          async leavesNothing() {
            await own.evaluate(() => unmount())
            await own.isEmpty()
          },
          isEmpty: () =>
            own.waitFor(() => Object.values(ledger.left()).every((count) => count === 0)).catch(async (error) => {
              throw new Error(`left: ${JSON.stringify(await own.evaluate(() => ledger.left()))}`, { cause: error })
            }),
          /** Two frames: what has arrived was rendered. */
          frames: () =>
            own.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))),
          /** A function that collects the page's garbage; in Chromium it tells how much is left. */
          async collector() {
            if (engine !== 'chromium') return () => own.evaluate(provokeCollection)
            const devtools = await own.page.createCDPSession()
            await devtools.send('Performance.enable')
            return async () => {
              for (let time = 0; time < 3; time++) await devtools.send('HeapProfiler.collectGarbage')
              const { metrics } = await devtools.send('Performance.getMetrics')
              const { JSEventListeners, JSHeapUsedSize } = Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
              return { listeners: JSEventListeners, heap: JSHeapUsedSize }
            }
          },
          /** Back (-1) or forward (1) in the history, to a page with this path. */
          async travel(by, path) {
            // The page that asks may be gone before it can answer.
            await own.evaluate((by) => history.go(by), by).catch(() => {})
            // WebKit's driver waits forever for a script that a page was given while it went. Firefox's is not told of such
            // a page's address.
            if (engine === 'webkit') await until(async () => new URL(await own.page.url()).pathname === path, `the page is ${path}`)
            await own.waitFor((path) => location.pathname === path && document.readyState === 'complete', path)
          },
          /** Hides the page for real: behind another tab, in WebKit as an icon. What it returns shows it again. */
          async hide() {
            const show = await browser.hide(own.page)
            await own.waitFor(() => document.visibilityState === 'hidden')
            return async () => {
              await show()
              await own.waitFor(() => document.visibilityState === 'visible')
            }
          },
        }

        before(async () => (browser = await launchAsUsed(engine)))
        after(() => browser?.close())
        beforeEach(async () => {
          own.backend = await startBackend()
          await own.open()
        })
        afterEach(async () => {
          try {
            await own.leavesNothing()
            assert.deepEqual(own.uncaught, [])
          } finally {
            await own.page.close()
            own.page = null
            own.backend.stop()
          }
        })
        register(own)
      })
    }
  })
}

/** Runs in a page whose browser collects garbage only when it likes: makes some until it does. */
function provokeCollection() {
  return new Promise((resolve) => {
    const registry = new FinalizationRegistry(() => resolve())
    registry.register({})
    globalThis.provoking = registry
    const more = () => {
      if (!globalThis.provoking) return
      globalThis.garbage = [new ArrayBuffer(16_000_000), Array.from({ length: 20_000 }, () => ({}))]
      setTimeout(more, 10)
    }
    more()
  }).then(() => {
    globalThis.provoking = globalThis.garbage = null
  })
}
