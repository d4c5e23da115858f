// `gatesocket/testing` beside the real local gateway: the same script in a page, and the same events for clients.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startGateway } from '../gateway/gateway.mjs'
import { launchAsUsed } from './browsers.mjs'
import { fixturePage, serve } from './site.mjs'

const handler = fileURLToPath(new URL('fixtures/parity-handler.mjs', import.meta.url))
const ROUTES = ['$connect', '$disconnect', 'GET_CONNECTION_ID', 'ECHO', 'CRASH'].flatMap((key) => ['--route', key])
/** In milliseconds: longer than a busy machine takes from one step of a session to the next. */
const IDLE = 3000

/** With the ids, which differ, as what they are. */
const withoutIds = (value) => JSON.parse(JSON.stringify(value).replaceAll(/[\w-]{15}=/g, 'an id'))

for (const name of ['chromium', 'firefox']) {
  describe(name, () => {
    let gateway, site, browser, opened
    before(async () => {
      gateway = await startGateway(null, ['--handler', handler, ...ROUTES, '--idle-timeout', String(IDLE / 1000)])
      site = await serve({ '/': await fixturePage('fake-gateway.js') })
      browser = await launchAsUsed(name)
      opened = await browser.open()
      await opened.page.goto(site.address)
      await opened.page.waitForFunction(() => globalThis.loaded)
    })
    after(async () => {
      await browser?.close()
      await site?.stop()
      await gateway?.stop()
    })

    test('a client sees the same of the fake gateway as of the real one', async () => {
      const url = `ws://localhost:${gateway.port}/production/`
      const real = withoutIds(await opened.page.evaluate((url) => script(url, `${url}?refuse=1`), url))
      const fake = withoutIds(await opened.page.evaluate((url, limits) => inFake(url, limits), url, { idleTimeout: IDLE }))
      for (const { frameTooLarge, messageTooLarge } of [fake, real]) {
        // Firefox, which may still be sending, calls these ends of the real gateway unclean.
        for (const end of [frameTooLarge, messageTooLarge]) delete end.at(-1).wasClean
      }
      assert.deepEqual(fake, real)
      // And that is what the service is known for.
      const frame = (message) => `{"message": "${message}", "connectionId":"an id", "requestId":"an id"}`
      assert.deepEqual(real.forbidden, ['open', frame('Forbidden')])
      assert.deepEqual(real.noJson, ['open', frame('Forbidden')])
      assert.deepEqual(real.crash, ['open', frame('Internal server error')])
      assert.deepEqual(real.idle, ['open', { code: 1001, reason: 'Going away', wasClean: true }])
      assert.deepEqual(real.refused, ['error', { code: 1006, reason: '', wasClean: false }])
      assert.equal(real.frameTooLarge.at(-1).code, 1009)
      assert.equal(real.binary.at(-1).code, 1003)
      assert.deepEqual(opened.uncaught, [])
    })

    test('two hours pass in a moment, and the page has its own WebSocket back', async () => {
      const { took, ...rest } = await opened.page.evaluate((url) => inTwoHours(url), 'wss://example.org/production/')
      assert.deepEqual(rest, { rotations: 1, closed: 0, isAnother: true, isReady: true, isBack: true })
      assert.ok(took < 60_000, `${took} ms`)
    })
  })
}
