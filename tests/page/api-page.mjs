// A page with the package's API, beside servers of all kinds, for the tests of one file.
import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { launch, openPage } from './chromium.mjs'
import { startOddServers } from './odd-servers.mjs'
import { fixturePage, serve } from './site.mjs'

/** Registers set-up and clean-up; what it returns can be used from the first test on. */
export function apiPage() {
  let browser, site, odd, uncaught
  const api = {
    /** The address of the odd servers. */
    get servers() {
      return odd.address
    },

    /** A page of its own, for a test that must see errors alone. */
    async openAnother() {
      const opened = await openPage(browser)
      await opened.page.goto(site.address)
      await opened.page.waitForFunction(() => globalThis.loaded)
      return opened
    },

    /** Calls getConnectionId in the page; returns the id, or the error as plain data. */
    async ask(url, options) {
      const result = await api.page.evaluate(
        async ([url, options]) => {
          try {
            return { id: await getConnectionId(url, options) }
          } catch (error) {
            const { code, message, details } = error
            return { code, message, details, own: error instanceof GateSocketError }
          }
        },
        [url, options],
      )
      assert.deepEqual(uncaught, [])
      return result
    },
  }

  before(async () => {
    browser = await launch()
    site = await serve({ '/': await fixturePage('api.js') })
    odd = await startOddServers()
    const opened = await api.openAnother()
    api.page = opened.page
    uncaught = opened.uncaught
  })
  after(async () => {
    await browser?.close()
    await site?.stop()
    odd?.stop()
  })
  return api
}
