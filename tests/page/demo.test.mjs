// The demo page end to end: the built page, the packed package, the real gateway and handler.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { startBackend } from './backend.mjs'
import { launch, openPage } from './chromium.mjs'
import { closedPort } from './closed-port.mjs'
import { serve } from './site.mjs'

const DIST = fileURLToPath(new URL('../../www/dist', import.meta.url))
let browser, gateway, site

before(async () => {
  browser = await launch()
  gateway = await startGateway(null, ['--handler', connectionIdHandler])
  site = await serve({ '/': await readFile(`${DIST}/index.html`) }, DIST)
})

after(async () => {
  await browser?.close()
  await site?.stop()
  await gateway?.stop()
})

async function open(options) {
  const opened = await openPage(browser, options)
  await opened.page.goto(`${site.address}/?url=${encodeURIComponent(gateway.ws)}`)
  return opened
}

test('the page shows the three steps with their times, and the connectionId of the gateway', async () => {
  const { page, uncaught, close } = await open()
  const id = await page.getByTestId('connection-id').textContent()
  assert.match(id, /^[\w-]{15}=$/)
  assert.equal(await page.getByTestId('status').textContent(), 'ready')
  for (const step of ['connect', 'ask', 'know']) {
    const ms = Number(await page.getByTestId(`step-${step}`).getAttribute('data-ms'))
    assert.ok(ms > 0 && ms < 30_000, `${step} took ${ms} ms`)
  }
  const log = page.getByTestId('log')
  await log.getByText('{"action":"GET_CONNECTION_ID"}').waitFor()
  await log.getByText(`{"connectionId":"${id}"}`).waitFor()
  await gateway.log.line(new RegExp(`^connected ${id}`))
  assert.deepEqual(uncaught, [])
  await close()
})

test('JSON from the box reaches the handler and its answer the page', async () => {
  const { page, close } = await open()
  await page.getByTestId('connection-id').waitFor()
  await page.getByLabel('Send JSON').fill('{"action":"ECHO","data":{"tea":"earl grey"}}')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByTestId('log').getByText('{"echo":{"tea":"earl grey"}}').waitFor()

  await page.getByLabel('Send JSON').fill('{"action":')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByTestId('composer-note').filter({ hasText: 'JSON' }).waitFor()
  await close()
})

test('the button drops the connection, and connecting again brings a new id', async () => {
  const { page, close } = await open()
  const first = await page.getByTestId('connection-id').textContent()
  await page.getByRole('button', { name: 'Drop connection' }).click()
  await page.getByTestId('status').filter({ hasText: 'closed' }).waitFor()
  await page.getByText('none: not connected').waitFor()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  const second = await page.getByTestId('connection-id').textContent()
  assert.match(second, /^[\w-]{15}=$/)
  assert.notEqual(second, first)
  await close()
})

test('a connection that is lost counts down to the next attempt, and another id follows', async (context) => {
  const backend = await startBackend()
  context.after(() => backend.stop())
  const { page, close } = await openPage(browser)
  await page.goto(`${site.address}/?url=${encodeURIComponent(backend.address)}`)
  await page.getByTestId('connection-id').getByText('id1=').waitFor()
  await page.evaluate(() => {
    globalThis.shown = []
    new MutationObserver(() => {
      const text = document.querySelector('[data-testid=no-id]')?.textContent
      if (text) shown.push(text)
    }).observe(document.body, { characterData: true, childList: true, subtree: true })
  })
  backend.refuses = true
  backend.cut()
  // A first wait may be too short to be rendered.
  await page.waitForFunction(() => shown.some((text) => /the next attempt comes in \d\.\d s/.test(text)))
  backend.refuses = false
  await page.getByTestId('connection-id').getByText('id2=').waitFor()
  await page.getByTestId('log').getByText('closed 1006').waitFor()
  await close()
})

test('an address where nothing listens is an error that the page shows', async () => {
  const { page, close } = await openPage(browser)
  await page.goto(`${site.address}/?url=ws://localhost:${await closedPort()}/`)
  await page.getByTestId('error').filter({ hasText: 'connect-failed' }).waitFor()
  await close()
})

test('nothing is wider than a phone', async () => {
  const { page, close } = await open({ viewport: { width: 360, height: 740 } })
  await page.getByTestId('connection-id').waitFor()
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.equal(width, 360)
  await close()
})
