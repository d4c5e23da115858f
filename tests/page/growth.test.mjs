// What a session holds does not grow with the messages that it has carried. A million of them are
// `cargo xtask bench heap`; here are fewer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { launch } from './chromium.mjs'
import { growth } from './growth.mjs'
import { fixturePage, serve } from './site.mjs'

const MESSAGES = 25_000
/** What the heap may grow by, in bytes: hardly more than a pointer for every message. */
const NOISE = 128 * 1024

let browser, site

before(async () => {
  browser = await launch()
  site = await serve({ '/': await fixturePage('api.js') })
})
after(async () => {
  await browser?.close()
  await site?.stop()
})

test('what a page holds is the same after many messages both ways', async (t) => {
  // What the browser does for itself may fall between the two measurements once; a leak does so every time.
  for (let time = 1; ; time++) {
    const { before, after } = await growth(browser, site.address, MESSAGES)
    const { heap: heapBefore, ...countsBefore } = before
    const { heap: heapAfter, ...countsAfter } = after
    assert.ok(countsAfter.wasmBytes > 0, 'the wasm was looked into')
    t.diagnostic(`the heap grew by ${heapAfter - heapBefore} bytes`)
    if (time < 3 && (!isDeepStrictEqual(countsAfter, countsBefore) || heapAfter - heapBefore >= NOISE)) continue
    assert.deepEqual(countsAfter, countsBefore)
    assert.ok(heapAfter - heapBefore < NOISE, `the heap grew by ${heapAfter - heapBefore} bytes`)
    return
  }
})

test('a page that keeps the messages would be noticed', async () => {
  const leak = () => {
    const kept = []
    socket.on('message', (message) => kept.push(message))
    globalThis.kept = kept
  }
  const { before, after } = await growth(browser, site.address, MESSAGES, leak)
  assert.ok(after.heap - before.heap >= NOISE, `the heap grew by ${after.heap - before.heap} bytes only`)
})
