// A run of faults: a page that sends without end, our proxy between it and the real gateway, and an audit of all that
// was sent. By itself: node run.mjs [--faults N] [--seed S] [--browser chromium|firefox|webkit] [--json]
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { kindOf, plan } from './plan.mjs'
import { PATIENCE, openSetting, within } from './setting.mjs'

/** Waits as short as a test wants them. */
const OPTIONS = {
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
const KNOWN_WITHIN = OPTIONS.heartbeat + 2 * OPTIONS.probe.timeout + 10_000
/** Messages of 30,000 bytes that are more than a stalled network takes. */
const FLOOD = 120

/** Runs so many faults and accounts for every message. `broken` of the result names the rules that were broken. */
export async function runFaults({ faults, seed, browser = 'chromium', tell = () => {} }) {
  const setting = await openSetting({ browser, seed })
  try {
    const opened = await setting.open()
    const started = Date.now()
    const id = await setting.begin(opened.page, OPTIONS)
    const struck = await strikeAll(opened.page, setting.proxy, plan(seed, faults), id, tell)
    // On a slow machine no connection may have become old enough to be replaced so far, under all that is sent.
    await opened.page.evaluate(() => traffic.stop())
    await opened.page.waitForFunction(() => traffic.socket.stats().rotations > 0, { polling: 50, timeout: PATIENCE })
    const { record, counts, broken } = await setting.account(opened)
    const seconds = (Date.now() - started) / 1000
    for (const { number, before } of counts.lost.filter(({ before }) => before > KNOWN_WITHIN)) {
      broken.push(`message ${number} was lost, which the session noticed after ${before} ms`)
    }
    return { browser, seed, seconds, ...struck, ...summary(record, counts), broken }
  } finally {
    await setting.close()
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
    if (!loses) await pause(fault.lasts ?? fault.ms)
    const previous = loses ? id : null
    const back = page.evaluate((previous) => traffic.becomesReady(previous), previous)
    id = await within(back, 'it was not back in time').catch(async (error) => {
      const state = await page.evaluate(() => traffic.state())
      throw new Error(`after ${JSON.stringify(fault)} ${error.message}: ${JSON.stringify(state)}`)
    })
    if (loses) recoveries.push(Date.now() - at)
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
    const count = await within(begun, `nothing passed that ${JSON.stringify(fault)} could strike`)
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
