// The npm package inside dedicated and shared workers, where there is no document, in each browser.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { startBackend } from './backend.mjs'
import { ENGINES, launchAsUsed } from './browsers.mjs'
import { bundled, serve } from './site.mjs'

let gateway, site

before(async () => {
  gateway = await startGateway(null, ['--handler', connectionIdHandler])
  site = await serve({ '/': `<!doctype html><meta charset="utf-8"><script>(${installCalls})()</script>`, '/worker.js': await bundled('worker.js') })
})

after(async () => {
  await site?.stop()
  await gateway?.stop()
})

/** Runs in the page: `start` makes a worker, `call` has it do something. */
function installCalls() {
  let port
  globalThis.start = (kind) => {
    const worker = kind === 'shared' ? new SharedWorker('/worker.js') : new Worker('/worker.js')
    port = worker.port ?? worker
    worker.onerror = (event) => console.error(event.message)
  }
  globalThis.call = (...call) =>
    new Promise((resolve, reject) => {
      port.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data.value))
      port.postMessage(call)
    })
}

for (const browser of ENGINES) {
  test(`in workers of ${browser} a session talks, and comes back when it is lost`, async (t) => {
    const { open, close } = await launchAsUsed(browser)
    t.after(close)
    const { page, uncaught } = await open()
    const call = (...given) => page.evaluate((given) => globalThis.call(...given), given)
    await page.goto(site.address)
    for (const kind of ['dedicated', 'shared']) {
      const backend = await startBackend()
      t.after(() => backend.stop())
      await page.evaluate((kind) => start(kind), kind)
      assert.match(await call('connect', gateway.ws), /^[\w-]{15}=$/, kind)
      assert.deepEqual(await call('ask', { action: 'ECHO', data: ['ü', 1] }), { echo: ['ü', 1] })
      assert.deepEqual(await call('close'), ['identifying', 'ready', 'closed'])

      assert.equal(await call('connect', backend.address), 'id1=')
      backend.cut()
      const { connectionId, previous } = await call('identified')
      assert.deepEqual([connectionId, previous], ['id2=', 'id1='])
      const ready = ['identifying', 'ready']
      assert.deepEqual(await call('close'), [...ready, 'waiting', 'connecting', ...ready, 'closed'])
    }
    assert.deepEqual(uncaught, [])
  })
}
