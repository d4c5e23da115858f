// An app for react-use-websocket in real Chromium, with the original and with gatesocket in its place: the same steps,
// and nothing of the app is changed but what its import stands for.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launch, openPage } from './chromium.mjs'
import { installLedger } from './ledger.mjs'
import { until } from './session-page.mjs'
import { fixturePage, serve } from './site.mjs'
import { startTextServer } from './text-server.mjs'

const REACT_18 = fileURLToPath(new URL('../unit/react18/node_modules', import.meta.url))
const OURS = 'gatesocket/compat/react-use-websocket'
const ORIGINAL = fileURLToPath(new URL('fixtures/original-hook.js', import.meta.url))
const react18 = Object.fromEntries(['react', 'react-dom'].map((name) => [name, join(REACT_18, name)]))
const SIDES = {
  'react-use-websocket': { ...react18, 'react-use-websocket': ORIGINAL, original: join(REACT_18, 'react-use-websocket') },
  'gatesocket with React 18': { ...react18, 'react-use-websocket': OURS },
  'gatesocket with React 19': { 'react-use-websocket': OURS },
}
let browser, site

before(async () => {
  browser = await launch()
  const pages = Object.entries(SIDES).map(async ([, alias], index) => [
    `/${index}`,
    await fixturePage('compat-page.jsx', { alias, mode: 'production' }),
  ])
  site = await serve(Object.fromEntries(await Promise.all(pages)))
})

after(async () => {
  await browser?.close()
  await site?.stop()
})

for (const [index, side] of Object.keys(SIDES).entries()) {
  test(`${side}: a chat connects, hears, is cut, comes back, and leaves nothing`, async (t) => {
    const { page, uncaught, server } = await open(index, t)
    const shows = (id, text) =>
      page.waitForFunction(([id, text]) => document.getElementById(id)?.textContent === text, [id, text])
    const received = () => server.connections.flatMap(({ received }) => received).filter((text) => text !== 'ping')
    server.answer = (text, { socket }) => socket.send(text === 'ping' ? 'pong' : `${text} to you`)
    await page.evaluate((url) => mountChat(url), server.address)
    await shows('state', 'Open')
    await shows('last', 'nothing')
    await page.click('#say')
    await shows('last', 'hello to you')
    server.send('one', 'not for the chat', 'two', 'three')
    await shows('history', 'hello to you one two three')
    await until(() => server.connections[0].received.includes('ping'))

    // By the page itself, as soon as it shows that: it may be connected again before anybody has looked.
    await page.evaluate(() => {
      globalThis.said = new Promise((resolve) => {
        const state = document.getElementById('state')
        const observer = new MutationObserver(() => {
          if (state.textContent !== 'Closed') return
          observer.disconnect()
          document.getElementById('say').click()
          resolve()
        })
        observer.observe(state, { childList: true, characterData: true, subtree: true })
      })
    })
    server.cut()
    await page.evaluate(() => said)
    await shows('state', 'Open')
    await shows('history', 'hello to you one two three hello to you')
    assert.deepEqual(received(), ['hello', 'hello'])
    assert.equal(server.connections.length, 2)

    await page.evaluate(() => unmount())
    await until(() => server.open().length === 0)
    // The original's heartbeat leaves a listener on its closed WebSocket.
    if (index > 0) await page.waitForFunction(() => Object.values(ledger.left()).every((count) => count === 0))
    assert.deepEqual(uncaught, [])
  })

  test(`${side}: effects of ten components see each of 2,000 messages that come at once`, async (t) => {
    const { page, uncaught, server } = await open(index, t)
    await page.evaluate((url) => mountReaders(url, 10), server.address)
    await until(() => server.connections.length === 1)
    // The first message is a question, so that all are known to listen.
    await until(() => {
      server.send('{"ask":1}')
      return server.connections[0].received.length >= 10
    })
    const start = Date.now()
    server.send(...Array.from({ length: 2000 }, (_, n) => JSON.stringify({ n })))
    await page.waitForFunction(() => seen.every((own) => own.length >= 2000), undefined, { timeout: 60_000 })
    t.diagnostic(`${Date.now() - start} ms`)
    const whole = await page.evaluate(() => seen.every((own) => own.length === 2000 && own.every((n, index) => n === index)))
    assert.ok(whole)
    assert.equal(server.connections.length, 1)
    await page.evaluate(() => unmount())
    assert.deepEqual(uncaught, [])
  })
}

test('gatesocket: no attempt is made while the machine is offline, and one as soon as it is back', async (t) => {
  const { page, server } = await open(2, t)
  const shows = (text) => page.waitForFunction((text) => document.getElementById('state')?.textContent === text, text)
  await page.evaluate((url) => mountChat(url), server.address)
  await shows('Open')
  await page.context().setOffline(true)
  server.cut()
  await shows('Connecting')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  assert.equal(server.connections.length, 1)
  await page.context().setOffline(false)
  await shows('Open')
  assert.equal(server.connections.length, 2)
})

async function open(index, t) {
  const server = await startTextServer()
  const { page, uncaught, close } = await openPage(browser)
  t.after(async () => {
    await close()
    server.stop()
  })
  await page.addInitScript(installLedger)
  await page.goto(`${site.address}/${index}`)
  await page.waitForFunction(() => globalThis.loaded)
  assert.match(await page.evaluate(() => reactVersion), index === 2 ? /^19/ : /^18/)
  return { page, uncaught, server }
}
