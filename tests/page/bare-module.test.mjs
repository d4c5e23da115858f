// The module that `wasm-pack build --target web` makes of the crate, used from plain JavaScript.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { launch, openPage } from './chromium.mjs'
import { serve } from './site.mjs'

let browser, gateway, site

before(async () => {
  browser = await launch()
  gateway = await startGateway(null, ['--handler', connectionIdHandler])
  const folder = process.env.GATESOCKET_WEB ?? fileURLToPath(new URL('../../target/web', import.meta.url))
  const page = `<!doctype html><meta charset="utf-8"><script type="module">
    import init, { GateSocket } from './gatesocket.js'
    await init()
    Object.assign(globalThis, { GateSocket, loaded: true })
  </script>`
  site = await serve({ '/': page }, folder)
})

after(async () => {
  await browser?.close()
  await site?.stop()
  await gateway?.stop()
})

test('the class connects, asks, knows its connectionId, talks and closes by itself', async () => {
  const { page, uncaught, close } = await openPage(browser)
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
  const seen = await page.evaluate(async (url) => {
    const told = []
    let answered
    const answer = new Promise((resolve) => (answered = resolve))
    let ended
    const closed = new Promise((resolve) => (ended = resolve))
    const socket = new GateSocket(url, {
      onStatus: (status) => told.push(status),
      onConnectionId: (id) => told.push(id),
      onMessage: answered,
      onClose: ended,
    })
    const early = socket.connectionId
    const id = await socket.ready()
    await socket.send({ action: 'ECHO', data: { nested: ['ü', 1] } })
    const message = await answer
    const live = [socket.connectionId, socket.status]
    socket.close()
    return { told, early, id, message, live, closed: await closed, end: [socket.connectionId, socket.status] }
  }, gateway.ws)
  assert.match(seen.id, /^[\w-]{15}=$/)
  assert.deepEqual(seen.told, ['connecting', 'identifying', 'ready', seen.id, 'closed'])
  assert.equal(seen.early, undefined)
  assert.deepEqual(seen.message.echo, { nested: ['ü', 1] })
  assert.deepEqual(seen.live, [seen.id, 'ready'])
  assert.deepEqual(seen.closed, { code: 1000, reason: '', wasClean: true })
  assert.deepEqual(seen.end, [undefined, 'closed'])
  assert.deepEqual(uncaught, [])
  await close()
})

test('its errors have a code without any facade', async () => {
  const { page, close } = await openPage(browser)
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
  const error = await page.evaluate(() => {
    try {
      new GateSocket('http://localhost/')
    } catch (error) {
      return { name: error.name, code: error.code, message: error.message, isError: error instanceof Error }
    }
  })
  assert.equal(error.name, 'GateSocketError')
  assert.equal(error.code, 'url-rejected')
  assert.ok(error.isError)
  await close()
})

test('it works in a dedicated worker', async () => {
  const { page, close } = await openPage(browser)
  await page.goto(site.address)
  const id = await page.evaluate(
    ([base, url]) =>
      new Promise((resolve, reject) => {
        const source = `
          import init, { GateSocket } from '${base}/gatesocket.js'
          await init()
          postMessage(await new GateSocket('${url}').ready())`
        const worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), {
          type: 'module',
        })
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = (event) => reject(new Error(event.message))
      }),
    [site.address, gateway.ws],
  )
  assert.match(id, /^[\w-]{15}=$/)
  await close()
})
