// A run of faults: a page that sends without end, our proxy between it and the real gateway, and an audit of all that
// was sent. By itself: node run.mjs [--faults N] [--seed S] [--browser chromium|firefox] [--json]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { consoleOf } from '../../gateway/console.mjs'
import { startGateway } from '../../gateway/gateway.mjs'
import { openIn } from '../browsers.mjs'
import { closedPort } from '../closed-port.mjs'
import { fixturePage, serve } from '../site.mjs'
import { audit } from './audit.mjs'
import { kindOf, plan } from './plan.mjs'
import { startFaultProxy } from './proxy.mjs'
import { randomFrom } from './random.mjs'
import { installWire, startTraffic } from './traffic.mjs'

/** Waits as short as a test wants them. */
export const OPTIONS = {
  connectTimeout: 500,
  identify: { timeout: 300, attempts: 2 },
  reconnect: { baseDelay: 10, maxDelay: 40, minUptime: 50 },
  heartbeat: 50,
  probe: { timeout: 90, quiet: 40 },
  rotation: { age: 200, spread: 100, drain: 500, lifetime: 3_600_000 },
  requestTimeout: 10_000,
}
/** How long after a message was resolved and lost the session may still not know, in milliseconds: a heartbeat, a probe
    after it, and what a busy machine adds. */
const KNOWN_WITHIN = OPTIONS.heartbeat + 2 * OPTIONS.probe.timeout + 2500
/** The longest that any recovery may take, in milliseconds. */
const PATIENCE = 20_000
/** Messages of 30,000 bytes that are more than a stalled network takes. */
const FLOOD = 120

const within = (promise, time, what) => {
  const stop = new AbortController()
  const late = pause(time, undefined, { signal: stop.signal }).then(() => Promise.reject(new Error(what)))
  return Promise.race([promise, late]).finally(() => stop.abort())
}

/** Runs so many faults and accounts for every message. `broken` of the result names the rules that were broken. */
export async function runFaults({ faults = 200, seed = 1, browser = 'chromium', options = OPTIONS, tell = () => {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gatesocket-faults-'))
  const file = join(folder, 'record')
  const port = await closedPort()
  const ends = []
  try {
    const env = { FAULTS_RECORD: file, FAULTS_GATEWAY: `http://localhost:${port}` }
    const handler = fileURLToPath(new URL('handler.mjs', import.meta.url))
    const gateway = await startGateway(null, ['--port', String(port), '--handler', handler, '--connection-rate', 'off'], { env })
    ends.push(() => gateway.stop())
    const journal = await consoleOf(gateway).events('')
    ends.push(() => journal.stop())
    const proxy = await startFaultProxy(port, { seed })
    ends.push(() => proxy.stop())
    const site = await serve({ '/': await fixturePage('api.js') })
    ends.push(() => site.stop())
    const opened = await openIn(browser, installWire)
    ends.push(() => opened.close())
    const { page } = opened
    await page.goto(site.address)
    await page.waitForFunction(() => globalThis.loaded)

    const started = Date.now()
    const address = `ws://127.0.0.1:${proxy.port}/production/`
    let id = await page.evaluate(startTraffic, [address, options, seed, String(randomFrom)])
    await page.evaluate((pause) => traffic.start(pause), 5)
    const struck = await strikeAll(page, proxy, plan(seed, faults), id, tell)
    await page.evaluate(() => traffic.stop())
    await settled(page)
    const seconds = (Date.now() - started) / 1000
    const record = await page.evaluate(() => traffic.record())
    const arrivals = await arrivalsOf(journal, file)
    await page.evaluate(() => traffic.socket.close())
    const { broken, counts } = audit({ ...record, ...arrivals })
    if (record.status !== 'ready') broken.push(`the session ended ${record.status}`)
    for (const { number, before } of counts.lost.filter(({ before }) => before > KNOWN_WITHIN)) {
      broken.push(`message ${number} was lost, which the session noticed after ${before} ms`)
    }
    broken.push(...opened.uncaught)
    return { browser, seed, seconds, ...struck, ...summary(record, counts), broken }
  } finally {
    for (const end of ends.reverse()) await end()
    rmSync(folder, { recursive: true })
  }
}

/** Strikes until every fault of the plan has struck; each waits until the page is connected again. */
async function strikeAll(page, proxy, faults, firstId, tell) {
  const byKind = {}
  const recoveries = []
  let id = firstId
  for (const { lull, loses = false, ...fault } of faults) {
    await pause(lull)
    const at = Date.now()
    await struckBy(page, proxy, fault)
    byKind[kindOf(fault)] = (byKind[kindOf(fault)] ?? 0) + 1
    const lost = `the session did not come back after ${JSON.stringify(fault)}`
    if (loses) {
      id = await within(page.evaluate((id) => traffic.becomesReady(id), id), PATIENCE, lost)
      recoveries.push(Date.now() - at)
    } else {
      await pause(fault.lasts ?? fault.ms)
      id = await within(page.evaluate(() => traffic.becomesReady()), PATIENCE, lost)
    }
    tell(fault)
  }
  recoveries.sort((a, b) => a - b)
  const part = (share) => recoveries[Math.floor((recoveries.length - 1) * share)]
  return { faults: faults.length, byKind, backAfterMs: { median: part(0.5), p95: part(0.95), longest: part(1) } }
}

/** Strikes until there was a connection to strike: between two of them there is none. */
async function struckBy(page, proxy, { then, ...fault }) {
  const end = Date.now() + PATIENCE
  for (;;) {
    const begun = proxy.strike(fault)
    // What strikes the next connection needs one.
    if (fault.fault === 'next') await proxy.strike({ fault: 'end', how: 'reset' })
    const count = await within(begun, PATIENCE, `nothing passed that ${JSON.stringify(fault)} could strike`)
    if (count > 0) break
    if (Date.now() > end) throw new Error(`${JSON.stringify(fault)} struck no connection`)
    await page.evaluate(() => traffic.becomesReady())
    await pause(10)
  }
  if (!then) return
  await page.evaluate((count) => traffic.flood(count), FLOOD)
  await pause(fault.ms / 2)
  await proxy.strike({ fault: 'end', how: then })
}

/** Waits until every message has been settled, and all that is under way has arrived. */
async function settled(page) {
  const end = Date.now() + PATIENCE
  while ((await page.evaluate(() => traffic.pending())) > 0 && Date.now() < end) await pause(20)
  await within(page.evaluate(() => traffic.flush()), PATIENCE, 'the session did not carry messages in the end')
}

/** What the gateway read, by connection, and what the backend got; waits until that is the same number of messages. */
async function arrivalsOf(journal, file) {
  const end = Date.now() + PATIENCE
  for (;;) {
    await pause(300)
    const entries = readFileSync(file, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line))
    const read = journal.all.filter(({ kind, body }) => kind === 'message' && body.includes('"number":'))
    const handled = entries.filter(({ number }) => number !== undefined)
    if (read.length !== handled.length && Date.now() < end) continue
    const linkOf = new Map(entries.filter(({ connected }) => connected).map(({ connected, link }) => [connected, link]))
    const arrived = {}
    for (const { connectionId, body } of read) {
      (arrived[linkOf.get(connectionId)] ??= []).push(Number(/"number":(\d+)/.exec(body)[1]))
    }
    const torn = handled.find(({ whole }) => !whole)
    if (torn) throw new Error(`message ${torn.number} did not arrive whole`)
    return { arrived, handled: handled.map(({ number }) => number) }
  }
}

function summary({ wire, stats }, { lost, ...counts }) {
  const before = lost.map(({ before }) => before)
  return {
    connections: wire.length,
    rotations: stats.rotations,
    losses: stats.losses,
    ...counts,
    resolvedAndLost: lost.length,
    resolvedAtMostMsBeforeTheLossWasKnown: Math.max(0, ...before),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      faults: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      browser: { type: 'string', default: 'chromium' },
      json: { type: 'boolean', default: false },
    },
  })
  let done = 0
  const count = Number(values.faults)
  const result = await runFaults({
    faults: count,
    seed: Number(values.seed),
    browser: values.browser,
    tell: () => ++done % 100 === 0 && console.error(`${done} of ${count} faults`),
  })
  const { broken } = result
  if (!values.json) console.dir(result, { depth: null, maxArrayLength: 20 })
  else console.log(JSON.stringify({ ok: broken.length === 0, ...result }))
  process.exitCode = broken.length === 0 ? 0 : 1
}
