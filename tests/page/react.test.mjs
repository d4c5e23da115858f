// The hooks in a real React page against the real local gateway: one session where one is meant, and
// nothing left when a component has gone.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { startBackend } from './backend.mjs'
import { launch, openPage } from './chromium.mjs'
import { installLedger } from './ledger.mjs'
import { fixturePage, serve } from './site.mjs'

const ID = /^[\w-]{15}=$/
let browser, gateway, site, page, uncaught, closePage

before(async () => {
  browser = await launch()
  gateway = await startGateway(null, ['--handler', connectionIdHandler])
  site = await serve({ '/': await fixturePage('components.jsx') })
})

after(async () => {
  await browser?.close()
  await site?.stop()
  await gateway?.stop()
})

beforeEach(async () => {
  await closePage?.()
  ;({ page, uncaught, close: closePage } = await openPage(browser))
  await page.addInitScript(installLedger)
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
})

const mount = (kind, properties = {}, options = {}) =>
  page.evaluate(([...args]) => mount(...args), [kind, { url: gateway.ws, ...properties }, options])
const opened = () => page.evaluate(() => ledger.opened)
const text = (id) => page.locator(`#${id}`).textContent()
const showsId = (id) =>
  page.waitForFunction((id) => document.getElementById(id)?.textContent.length === 16, id)

/** Waits until the page holds no socket, no listener on one and no timer. */
async function nothingIsLeft() {
  await page.waitForFunction(
    () => Object.values(ledger.left()).every((count) => count === 0),
    undefined,
    { timeout: 5000 },
  )
  assert.deepEqual(uncaught, [])
}

test('under StrictMode the hook opens one connection and shows its connectionId', async () => {
  await mount('ByHook')
  await showsId('c0')
  assert.match(await text('c0'), ID)
  assert.equal(await opened(), 1)
  await page.evaluate(() => unmount())
  await nothingIsLeft()
  assert.equal(await opened(), 1)
})

test('many components with one URL share one connection', async () => {
  await mount('ByHook', {}, { copies: 50 })
  await showsId('c49')
  const ids = await page.locator('p').allTextContents()
  assert.equal(new Set(ids).size, 1)
  assert.equal(await opened(), 1)
  await page.evaluate(() => unmount())
  await nothingIsLeft()
})

test('the ledger sees a connection that is alive, so that an empty one means something', async () => {
  await mount('ByHook')
  await showsId('c0')
  const left = await page.evaluate(() => ledger.left())
  assert.equal(left.sockets, 1)
  assert.ok(left.listeners >= 3)
  await page.evaluate(() => unmount())
  await nothingIsLeft()
})

test('the callback form in a plain useEffect leaves nothing behind, also under StrictMode', async () => {
  await mount('ByEffect')
  await showsId('c0')
  assert.match(await text('c0'), ID)
  await page.evaluate(() => unmount())
  await nothingIsLeft()
})

for (const kind of ['ByEffect', 'ByHook']) {
  test(`unmounting ${kind} while the connection opens leaves nothing behind`, async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    await mount(kind, { url: `ws://localhost:${server.address().port}/` }, { strict: false })
    await page.waitForFunction(() => ledger.opened === 1 && ledger.left().sockets === 1)
    await page.evaluate(() => unmount())
    await nothingIsLeft()
    assert.equal(await opened(), 1)
    server.close()
  })
}

test('options in another order, and callbacks, do not make another session', async () => {
  const identify = (...names) => Object.fromEntries(names.map((name) => [name, name === 'attempts' ? 3 : 5000]))
  await mount('ByHook', { options: { connectTimeout: 9000, identify: identify('timeout', 'attempts') } })
  await showsId('c0')
  const id = await text('c0')
  await mount('ByHook', { options: { identify: identify('attempts', 'timeout'), connectTimeout: 9000 } })
  await page.waitForTimeout(100)
  assert.equal(await text('c0'), id)
  assert.equal(await opened(), 1)
})

test('an option that is not known is shown by the component that has it, and by no other', async () => {
  await page.evaluate((url) => mountBoth([{ url }, { url, options: { onMesage: () => {} } }]), gateway.ws)
  await showsId('c0')
  await page.waitForFunction(() => document.getElementById('c1').textContent === 'bad-options')
  assert.deepEqual(uncaught, [])
})

test('a component that was unmounted does not dial again to send', async () => {
  await mount('ByHook')
  await showsId('c0')
  await page.evaluate(() => unmount())
  await nothingIsLeft()
  const code = await page.evaluate(() => lastSend({ action: 'ECHO' }).then(() => 'sent', (error) => error.code))
  assert.equal(code, 'closed')
  assert.equal(await opened(), 1)
})

test('with a new URL, nothing of the old session reaches the new callbacks', async () => {
  await mount('Named', { name: 'first' })
  await page.waitForFunction(() => globalThis.told?.length === 1)
  await mount('Named', { name: 'second', url: `${gateway.ws}?second` })
  await page.waitForFunction(() => globalThis.told.length === 2)
  const told = await page.evaluate(() => globalThis.told)
  assert.deepEqual(told.map(({ name }) => name), ['first', 'second'])
  assert.match(told[1].what, ID)
  assert.notEqual(told[0].what, told[1].what)
})

test('a new URL is a new connection, and the old one is closed', async () => {
  await mount('ByHook')
  await showsId('c0')
  const first = await text('c0')
  await mount('ByHook', { url: `${gateway.ws}?again` })
  await page.waitForFunction((first) => {
    const now = document.getElementById('c0').textContent
    return now.length === 16 && now !== first
  }, first)
  assert.equal(await opened(), 2)
  await page.waitForFunction(() => ledger.left().sockets === 1)
  await page.evaluate(() => unmount())
  await nothingIsLeft()
})

/** Mounts the hook against a backend that a test can cut. */
async function mountBeside(backend, options) {
  await mount('ByHook', { url: backend.address, options })
  await shows('id1=')
}
const shows = (text) => page.waitForFunction((text) => document.getElementById('c0')?.textContent === text, text)

test('the hook shows that it waits for the next attempt, and the new connectionId after it', async (context) => {
  const backend = await startBackend()
  context.after(() => backend.stop())
  await mountBeside(backend, { reconnect: { baseDelay: 1500, maxDelay: 1500 } })
  await page.evaluate(() => {
    globalThis.shown = []
    new MutationObserver(() => shown.push(document.getElementById('c0')?.textContent)).observe(document.body, {
      characterData: true,
      childList: true,
      subtree: true,
    })
  })
  backend.cut()
  await shows('id2=')
  const shown = await page.evaluate(() => globalThis.shown)
  assert.equal(shown[0], 'waiting')
  assert.ok(!shown.includes('id1='))
  await page.evaluate(() => unmount())
  await nothingIsLeft()
})

test('the hook shows the connectionId of the connection that replaced an old one', async (context) => {
  const backend = await startBackend()
  context.after(() => backend.stop())
  await mountBeside(backend, { rotation: { age: 400, spread: 1 } })
  await shows('id2=')
  assert.equal(await page.evaluate(() => lastRequest({ action: 'ADD', numbers: [1, 2] }).then(({ sum }) => sum)), 3)
  await page.evaluate(() => unmount())
  await nothingIsLeft()
})

test('url null connects to nothing', async () => {
  await mount('ByHook', { url: null })
  await page.waitForFunction(() => document.getElementById('c0')?.textContent === 'idle')
  assert.equal(await opened(), 0)
})

test('a URL that can not be used is shown by the component and does not throw', async () => {
  await mount('ByHook', { url: 'http://localhost/' })
  await page.waitForFunction(() => document.getElementById('c0')?.textContent === 'url-rejected')
  assert.equal(await opened(), 0)
  assert.deepEqual(uncaught, [])
})

test('a callback is the one of the latest render', async () => {
  await mount('Callback')
  await page.waitForFunction(() => document.getElementById('c0')?.textContent === 'seen by render 1')
  assert.equal(await opened(), 1)
})

test('a message sent in a child’s first effect is delivered when the connection is ready', async () => {
  await mount('Parent')
  await page.waitForFunction(() => document.getElementById('child')?.textContent === 'sent')
  await page.waitForFunction(() => document.getElementById('parent')?.textContent === '"early"')
  assert.equal(await opened(), 1)
  await page.evaluate(() => unmount())
  await nothingIsLeft()
})
