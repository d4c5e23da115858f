// The hooks in a real React page of each browser against the real local gateway: one session where one is meant, and
// nothing left when a component has gone.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { installLedger } from './ledger.mjs'
import { inEachBrowser } from './each-browser.mjs'
import { fixturePage } from './site.mjs'

const ID = /^[\w-]{15}=$/
let gateway

before(async () => (gateway = await startGateway(null, ['--handler', connectionIdHandler])))
after(() => gateway?.stop())

const pages = async () => ({ pages: { '/': await fixturePage('components.jsx', { first: [installLedger] }) } })

inEachBrowser(pages, (own) => {
  const mount = (kind, properties = {}, options = {}) =>
    own.evaluate((...args) => mount(...args), kind, { url: gateway.ws, ...properties }, options)
  const { opened, text, waitFor, evaluate } = own
  const showsId = (id) => waitFor((id) => document.getElementById(id)?.textContent.length === 16, id)

  test('under StrictMode the hook opens one connection and shows its connectionId', async () => {
    await mount('ByHook')
    await showsId('c0')
    assert.match(await text('c0'), ID)
    assert.equal(await opened(), 1)
    await own.leavesNothing()
    assert.equal(await opened(), 1)
  })

  test('many components with one URL share one connection', async () => {
    await mount('ByHook', {}, { copies: 50 })
    await showsId('c49')
    const ids = await evaluate(() => [...document.querySelectorAll('p')].map((p) => p.textContent))
    assert.equal(new Set(ids).size, 1)
    assert.equal(await opened(), 1)
    await own.leavesNothing()
  })

  test('the ledger sees a connection that is alive, so that an empty one means something', async () => {
    await mount('ByHook')
    await showsId('c0')
    const left = await evaluate(() => ledger.left())
    assert.equal(left.sockets, 1)
    assert.ok(left.listeners >= 3)
    await own.leavesNothing()
  })

  test('the callback form in a plain useEffect leaves nothing behind, also under StrictMode', async () => {
    await mount('ByEffect')
    await showsId('c0')
    assert.match(await text('c0'), ID)
    await own.leavesNothing()
  })

  for (const kind of ['ByEffect', 'ByHook']) {
    test(`unmounting ${kind} while the connection opens leaves nothing behind`, async () => {
      const server = createServer(() => {}).listen(0, '127.0.0.1')
      await once(server, 'listening')
      await mount(kind, { url: `ws://localhost:${server.address().port}/` }, { strict: false })
      await waitFor(() => ledger.opened === 1 && ledger.left().sockets === 1)
      await own.leavesNothing()
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
    await pause(100)
    assert.equal(await text('c0'), id)
    assert.equal(await opened(), 1)
  })

  test('an option that is not known is shown by the component that has it, and by no other', async () => {
    await evaluate((url) => mountBoth([{ url }, { url, options: { onMesage: () => {} } }]), gateway.ws)
    await showsId('c0')
    await waitFor(() => document.getElementById('c1').textContent === 'bad-options')
    assert.deepEqual(own.uncaught, [])
  })

  test('a component that was unmounted does not dial again to send', async () => {
    await mount('ByHook')
    await showsId('c0')
    await own.leavesNothing()
    const code = await evaluate(() => lastSend({ action: 'ECHO' }).then(() => 'sent', (error) => error.code))
    assert.equal(code, 'closed')
    assert.equal(await opened(), 1)
  })

  test('with a new URL, nothing of the old session reaches the new callbacks', async () => {
    await mount('Named', { name: 'first' })
    await waitFor(() => globalThis.told?.length === 1)
    await mount('Named', { name: 'second', url: `${gateway.ws}?second` })
    await waitFor(() => globalThis.told.length === 2)
    const told = await evaluate(() => globalThis.told)
    assert.deepEqual(told.map(({ name }) => name), ['first', 'second'])
    assert.match(told[1].what, ID)
    assert.notEqual(told[0].what, told[1].what)
  })

  test('a new URL is a new connection, and the old one is closed', async () => {
    await mount('ByHook')
    await showsId('c0')
    const first = await text('c0')
    await mount('ByHook', { url: `${gateway.ws}?again` })
    await waitFor((first) => {
      const now = document.getElementById('c0').textContent
      return now.length === 16 && now !== first
    }, first)
    assert.equal(await opened(), 2)
    await waitFor(() => ledger.left().sockets === 1)
    await own.leavesNothing()
  })

  /** Mounts the hook against a backend that a test can cut. */
  async function mountBeside(backend, options) {
    await mount('ByHook', { url: backend.address, options })
    await shows('id1=')
  }
  const shows = (text) => own.shows('c0', text)

  test('the hook shows that it waits for the next attempt, and the new connectionId after it', async () => {
    const { backend } = own
    await mountBeside(backend, { reconnect: { baseDelay: 100 } })
    await evaluate(() => {
      globalThis.shown = []
      new MutationObserver(() => shown.push(document.getElementById('c0')?.textContent)).observe(document.body, {
        characterData: true,
        childList: true,
        subtree: true,
      })
    })
    backend.refuses = true
    backend.cut()
    // A first wait may be too short to be rendered.
    await waitFor(() => shown.includes('waiting'))
    backend.refuses = false
    await shows('id2=')
    assert.ok(!(await evaluate(() => globalThis.shown)).includes('id1='))
    await own.leavesNothing()
  })

  test('the hook shows the connectionId of the connection that replaced an old one', async () => {
    const { backend } = own
    await mount('ByHook', { url: backend.address, options: { rotation: { age: 400, spread: 1 } } })
    await waitFor(() => /^id([2-9]|\d\d+)=$/.test(document.getElementById('c0')?.textContent))
    assert.equal(await evaluate(() => lastRequest({ action: 'ADD', numbers: [1, 2] }).then(({ sum }) => sum)), 3)
    await own.leavesNothing()
  })

  test('url null connects to nothing', async () => {
    await mount('ByHook', { url: null })
    await shows('idle')
    assert.equal(await opened(), 0)
  })

  test('a URL that can not be used is shown by the component and does not throw', async () => {
    await mount('ByHook', { url: 'http://localhost/' })
    await shows('url-rejected')
    assert.equal(await opened(), 0)
    assert.deepEqual(own.uncaught, [])
  })

  test('a callback is the one of the latest render', async () => {
    await mount('Callback')
    await shows('seen by render 1')
    assert.equal(await opened(), 1)
  })

  test('a message sent in a child’s first effect is delivered when the connection is ready', async () => {
    await mount('Parent')
    await waitFor(() => document.getElementById('child')?.textContent === 'sent')
    await waitFor(() => document.getElementById('parent')?.textContent === '"early"')
    assert.equal(await opened(), 1)
    await own.leavesNothing()
  })
})
