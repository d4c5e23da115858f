// A page in a real browser, our proxy, the real gateway and a Lambda handler that keeps a record: what the tests of the
// network and of the page's life have in common.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { consoleOf } from '../../gateway/console.mjs'
import { startGateway } from '../../gateway/gateway.mjs'
import { launchAsUsed } from '../browsers.mjs'
import { closedPort } from '../closed-port.mjs'
import { fixturePage, serve } from '../site.mjs'
import { audit } from './audit.mjs'
import { startFaultProxy } from './proxy.mjs'
import { randomFrom } from './random.mjs'
import { installWire, startTraffic } from './traffic.mjs'

/** The longest that anything may take, in milliseconds: for a busy machine. */
export const PATIENCE = 60_000

/** A promise that is not waited for without end. */
export function within(promise, what, time = PATIENCE) {
  const stop = new AbortController()
  const late = pause(time, undefined, { signal: stop.signal }).then(() => Promise.reject(new Error(what)))
  return Promise.race([promise, late]).finally(() => stop.abort())
}

/** Starts all of it. `gateway` are more arguments of the gateway, such as shorter limits. */
export async function openSetting({ browser: name = 'chromium', seed = 0, gateway: limits = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gatesocket-faults-'))
  const ends = [() => rmSync(folder, { recursive: true })]
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  const started = async (starting, end) => {
    const value = await starting
    ends.push(() => end(value))
    return value
  }
  try {
    const file = join(folder, 'record')
    const port = await closedPort()
    const handler = fileURLToPath(new URL('handler.mjs', import.meta.url))
    const args = ['--port', String(port), '--handler', handler, '--connection-rate', 'off', ...limits]
    const env = { FAULTS_RECORD: file, FAULTS_GATEWAY: `http://localhost:${port}` }
    const gateway = await started(startGateway(null, args, { env }), (gateway) => gateway.stop())
    const api = consoleOf(gateway)
    const journal = await started(api.events(''), (journal) => journal.stop())
    const proxy = await started(startFaultProxy(port, { seed }), (proxy) => proxy.stop())
    const pages = { '/': await fixturePage('api.js', { first: [installWire] }), '/other': '<!doctype html><meta charset="utf-8">Another page' }
    const site = await started(serve(pages), (site) => site.stop())
    const browser = await started(launchAsUsed(name), (browser) => browser.close())
    const runs = new Map()
    return {
      proxy,
      site,
      journal,
      /** Where a page connects to: by way of the proxy. */
      address: `ws://127.0.0.1:${proxy.port}/production/`,
      /** The gateway's connections, newest first. */
      connections: async () => (await api.get('/connections')).connections,
      /** A tab with the package's API in it. */
      async open() {
        const opened = await browser.open()
        await opened.page.goto(site.address)
        await opened.page.waitForFunction(() => globalThis.loaded)
        return opened
      },
      /** Hides a page for real, until what this returns is called. */
      hide: (page) => browser.hide(page),
      /** Connects in a page, and sends numbered messages every few milliseconds from then on. */
      async begin(page, options, every = 5) {
        const run = runs.size + 1
        runs.set(page, run)
        const id = await page.evaluate(startTraffic, [this.address, run, options, seed, String(randomFrom)])
        await page.evaluate((every) => traffic.start(every), every)
        return id
      },
      /** Ends the sending, and accounts for all of it. */
      async account({ page, uncaught }) {
        await page.evaluate(() => traffic.stop())
        await settled(page)
        // With waits this short a busy machine is taken for a dead connection now and then: the session must come back from that.
        const recorded = page.evaluate(() => traffic.becomesReady().then(() => traffic.record()))
        const record = await within(recorded, 'the session did not end connected')
        const arrivals = await arrivalsOf(journal, file, runs.get(page))
        await page.evaluate(() => traffic.socket.close())
        const { broken, counts } = audit({ ...record, ...arrivals })
        if (record.status !== 'ready') broken.push(`the session ended ${record.status}`)
        return { record, counts, broken: [...broken, ...uncaught] }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Waits until every message has been settled, and all that is under way has arrived. */
async function settled(page) {
  const end = Date.now() + PATIENCE
  while ((await page.evaluate(() => traffic.pending())) > 0 && Date.now() < end) await pause(20)
  await within(page.evaluate(() => traffic.flush()), 'the session did not carry messages in the end')
  // What went by a connection that was replaced meanwhile is on its own way: when that is closed, the gateway has read it.
  // Some that were broken take long to close, and their messages come no more.
  const isOver = () => page.evaluate(() => wire.slice(0, -1).every(({ close }) => close !== null))
  for (const end = Date.now() + 10_000; !(await isOver()) && Date.now() < end; ) await pause(50)
}

/** What the gateway read of one page, by connection, and what the backend got; waits until that is as much. */
async function arrivalsOf(journal, file, run) {
  const end = Date.now() + PATIENCE
  for (;;) {
    await pause(200)
    const entries = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
    const opened = entries.filter((entry) => entry.run === run)
    const linkOf = new Map(opened.map(({ connectionId, link }) => [connectionId, link]))
    const isOurs = ({ connectionId }) => linkOf.has(connectionId)
    const read = journal.all.filter((record) => record.kind === 'message' && isOurs(record) && record.body.includes('"number":'))
    const handled = entries.filter((entry) => entry.number !== undefined && isOurs(entry))
    if (read.length !== handled.length && Date.now() < end) continue
    assert.equal(handled.find(({ whole }) => !whole), undefined, 'a message arrived in part')
    const arrived = {}
    for (const { connectionId, body } of read) {
      const numbers = (arrived[linkOf.get(connectionId)] ??= [])
      numbers.push(Number(/"number":(\d+)/.exec(body)[1]))
    }
    return { arrived, handled: handled.map(({ number }) => number) }
  }
}
