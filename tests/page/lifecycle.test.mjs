// The life of a page, as a browser makes it: hidden behind another tab (WebKit: as an icon), frozen, offline, in the
// back/forward cache. The network between it and the real gateway breaks meanwhile.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ENGINES } from './browsers.mjs'
import { PATIENCE, openSetting } from './faults/setting.mjs'
import { until } from './session-page.mjs'

// A busy machine answers within the probe's time too: what lives is not to be taken for dead.
const OPTIONS = { reconnect: { baseDelay: 100 }, probe: { timeout: 2000, quiet: 100 } }

// They wait for most of their time: together.
describe('life', { concurrency: true }, () => {
  for (const browser of ENGINES) {
    describe(browser, { concurrency: 1 }, () => {
      let setting, page, uncaught, devtools
      before(async () => (setting = await openSetting({ browser })))
      after(() => setting?.close())
      beforeEach(async () => {
        ;({ page, uncaught } = await setting.open())
        if (browser === 'chromium') devtools = await page.createCDPSession()
      })
      afterEach(async () => {
        const id = await page.evaluate(() => {
          const id = globalThis.socket?.connectionId
          globalThis.socket?.close()
          return id
        })
        await gone(id, 'the closed session has no connection')
        await page.close()
        assert.deepEqual(uncaught, [])
      })

      /** Waits until the gateway no longer has a connection. */
      const gone = (id, what) =>
        until(async () => (await setting.connections()).every(({ connectionId }) => connectionId !== id), what)
      /** Connects in the page, which keeps what happens to it. */
      const connected = (options = OPTIONS) =>
        page.evaluate(
          async ([url, options]) => {
            globalThis.news = []
            const note = (what) => news.push(what)
            for (const name of ['freeze', 'resume']) document.addEventListener(name, () => note(name))
            for (const name of ['online', 'offline']) addEventListener(name, () => note(name))
            document.addEventListener('visibilitychange', () => note(document.visibilityState))
            for (const name of ['pagehide', 'pageshow']) addEventListener(name, ({ persisted }) => note(`${name} ${persisted}`))
            globalThis.socket = connect(url, options)
            socket.on('close', ({ code }) => note(`close ${code}`))
            globalThis.messages = []
            socket.on('message', (message) => messages.push(message))
            return await socket.ready()
          },
          [setting.address, options],
        )
      const news = () => page.evaluate(() => globalThis.news)
      const comesBack = (previous) =>
        page.waitForFunction((previous) => socket.connectionId && socket.connectionId !== previous, { timeout: PATIENCE, polling: 50 }, previous)
      const carries = async () => {
        const { double } = await page.evaluate(() => socket.request({ action: 'DOUBLE', number: 21 }))
        assert.equal(double, 42)
      }
      const offline = (is) => {
        if (!devtools) return page.setOfflineMode(is)
        const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
        return devtools.send('Network.emulateNetworkConditions', { offline: is, ...unlimited })
      }
      /** Hides the page for real; `back` shows it again. */
      const hidden = async () => {
        const show = await setting.hide(page)
        await page.waitForFunction(() => document.visibilityState === 'hidden', { polling: 50 })
        return {
          back: async () => {
            await show()
            await page.waitForFunction(() => document.visibilityState === 'visible', { polling: 50 })
          },
        }
      }

      test('a page that is left has no connection, and is connected when it is shown again', async () => {
        const id = await connected()
        await page.goto(`${setting.site.address}/other`)
        await gone(id, 'the page that was left has no connection')
        // The page that asks is gone before it can answer.
        await page.evaluate(() => history.back()).catch(() => {})
        await page.waitForFunction(() => globalThis.loaded, { polling: 50 })
        if (browser === 'firefox') {
          // It keeps no page that had a WebSocket when it was left: this one is new.
          assert.equal(await page.evaluate(() => globalThis.socket), undefined)
          return
        }
        await comesBack(id)
        await carries()
        const seen = await news()
        assert.ok(seen.indexOf('pagehide true') < seen.indexOf('pageshow true'), `from the cache: ${seen}`)
      })

      test('a hidden page whose connection is reset is connected again while it is hidden', async () => {
        const id = await connected()
        const tab = await hidden()
        await setting.proxy.strike({ fault: 'end', how: 'reset' })
        await comesBack(id)
        await carries()
        assert.equal(await page.evaluate(() => document.visibilityState), 'hidden')
        await tab.back()
      })

      test('a connection that died in silence while the page was hidden is replaced when the page is seen', async () => {
        const id = await connected()
        const tab = await hidden()
        await setting.proxy.strike({ fault: 'end', how: 'black-hole' })
        await pause(1000)
        assert.equal(await page.evaluate(() => socket.connectionId), id)
        await tab.back()
        await comesBack(id)
        await carries()
        assert.equal(await page.evaluate(() => socket.stats().losses.silent), 1)
      })

      test('with whenHidden, a hidden page gives its connection back, and gets another when it is seen', async () => {
        const id = await connected({ ...OPTIONS, whenHidden: { closeAfter: 200 } })
        const tab = await hidden()
        await gone(id, 'the hidden page has no connection')
        await tab.back()
        await comesBack(id)
        await carries()
      })

      // WebKit's driver knows nothing of the network.
      test('while offline nothing is tried, and online finds out what became of the connection', { skip: browser === 'webkit' }, async () => {
        const first = await connected()
        await offline(true)
        await setting.proxy.strike({ fault: 'end', how: 'reset' })
        await page.waitForFunction(() => socket.status === 'offline', { polling: 50 })
        await pause(300)
        assert.equal(await page.evaluate(() => wire.length), 1)
        await offline(false)
        await comesBack(first)
        const second = await page.evaluate(() => socket.connectionId)
        await offline(true)
        await setting.proxy.strike({ fault: 'end', how: 'black-hole' })
        await pause(300)
        assert.equal(await page.evaluate(() => socket.connectionId), second)
        await offline(false)
        await comesBack(second)
        await carries()
        assert.equal(await page.evaluate(() => socket.stats().losses.silent), 1)
      })

      // Firefox freezes no pages, and WebKit's driver can't ask for it.
      test('a page that was frozen is connected when it goes on', { skip: browser !== 'chromium' }, async () => {
        const id = await connected()
        const tab = await hidden()
        await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
        await pause(300)
        // Chromium ends every WebSocket of such a page in the moment in which it goes on.
        await devtools.send('Page.setWebLifecycleState', { state: 'active' })
        await comesBack(id)
        await carries()
        assert.deepEqual(await news(), ['hidden', 'freeze', 'resume', 'close 1006'])
        await tab.back()
      })
    })
  }
})
