// React in a page that is hidden, left and shown again, and in parts of it that React hides, in each browser.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { installLedger } from './ledger.mjs'
import { inEachBrowser } from './each-browser.mjs'
import { until } from './session-page.mjs'
import { fixturePage } from './site.mjs'

const QUICK = { reconnect: { baseDelay: 100 } }
const pages = async () => ({ pages: { '/': await fixturePage('hooks-page.jsx', { first: [installLedger] }) } })

inEachBrowser(pages, (own) => {
  const { evaluate, shows, tell, waitFor } = own
  const mount = (kind, properties = {}) =>
    evaluate((properties) => mount(properties), { kind, url: own.backend.address, options: QUICK, ...properties })
  const numbers = (from, to) => Array.from({ length: to - from }, (_, index) => ({ n: from + index }))
  const hasSeen = (name, count) => waitFor((name, count) => counts.seen?.[name]?.size === count, name, count)
  const closed = () =>
    until(() => own.backend.connections.every(({ closed }) => closed !== null), 'the page that was left has no connection')

  test('a hidden page goes on: its components see every message, and another connectionId after a loss', async () => {
    await mount('Readers', { copies: 3 })
    await shows('id', 'id1=')
    const show = await own.hide()
    tell(...numbers(0, 500))
    await hasSeen('r0', 500)
    own.backend.cut()
    await shows('id', 'id2=')
    tell(...numbers(500, 600))
    for (const name of ['r0', 'r1', 'r2']) await hasSeen(name, 600)
    assert.equal(await evaluate(() => document.visibilityState), 'hidden')
    await show()
    tell({ n: 600 })
    await hasSeen('r0', 601)
    assert.equal(own.backend.connections.length, 2)
  })

  // Firefox keeps no page that has a WebSocket when it is left: it loads another.
  const goesOn = own.engine !== 'firefox'
  test(`back and forward, a page ${goesOn ? 'goes on with its components' : 'begins anew'}, and is connected each time`, async () => {
    await mount('All')
    await shows('all', '0 3 true 0')
    await evaluate(() => renderAgain())
    await shows('all', '1 3 true 0')
    for (let time = 1; time < 3; time++) {
      await own.page.goto(own.address('/elsewhere'))
      await closed()
      await own.travel(-1, '/')
      await waitFor(() => globalThis.loaded)
      if (goesOn) {
        // The same components, whose room is joined again.
        assert.equal(await own.text('all'), '1 3 true 0')
      } else {
        assert.equal(await own.text('all'), undefined)
        await mount('All')
        await shows('all', '0 3 true 0')
      }
      await until(() => own.backend.connections.at(-1).closed === null, 'the page is connected again')
      await until(() => own.backend.received('JOIN_ROOM').length === time + 1, 'the room is joined again')
    }
    // A page that is reached by forward is no other case: there and back again by the history alone.
    await own.travel(1, '/elsewhere')
    await closed()
    await own.travel(-1, '/')
    await waitFor(() => globalThis.loaded)
    if (!goesOn) return
    await until(() => own.backend.received('JOIN_ROOM').length === 4, 'the room is joined again')
    await evaluate(() => renderAgain())
    await shows('all', '2 3 true 0')
  })

  test('what React hides gives its session back, and goes on with another when it is shown', async () => {
    await mount('Tab', { provide: true })
    await shows('inside', 'id1=')
    tell(...numbers(0, 5))
    await hasSeen('tab', 5)
    await evaluate(() => setMode('hidden'))
    // The provider above goes on: nobody inside reads.
    await until(() => own.backend.received('LEAVE_ROOM').length === 1, 'the room was left')
    tell({ n: 5 })
    own.backend.cut()
    await until(() => own.backend.connections.length === 2, 'the provider is connected again')
    await pause(100)
    await evaluate(() => setMode('visible'))
    await shows('inside', 'id2=')
    await until(() => own.backend.received('JOIN_ROOM').length === 2, 'the room is joined again')
    tell({ n: 6 }, { room: 'tea', data: 'hi' })
    await shows('room', 'true hi')
    // What it had it still has; what came while it was hidden went to nobody in it.
    await waitFor(() => [...counts.seen.tab].filter(Number.isInteger).join() === '0,1,2,3,4,6')
  })

  test('above what React hides, every message is seen', async () => {
    await mount('TabAndReader')
    await shows('inside', 'id1=')
    await evaluate(() => setMode('hidden'))
    await pause(400) // Longer than a session lingers.
    tell(...numbers(0, 50))
    await hasSeen('above', 50)
    assert.equal(await evaluate(() => counts.seen.tab.size), 0)
    assert.equal(own.backend.connections.length, 1)
  })
})
