// `cargo xtask bench react`: measures, and prints one JSON object. Arguments: how many rounds, and the file of the chart.
import { fork } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { launch } from '../../tests/page/chromium.mjs'
import { openPage, servePage } from '../message/open-page.mjs'
import { compare, spread } from '../message/statistics.mjs'

/** Who is measured; ratios are to the first. A table has nothing to compare that does not render. */
const OF_TABLE = ['react-use-websocket', 'by hand', 'gatesocket']
const OF_BURSTS = [...OF_TABLE, 'parsing alone']
const RATES = [1000, 5000]
const SUBSCRIBERS = [1, 10, 100]
/** How long messages are sent, in seconds. */
const DURATION = 2
const TABLE = { rate: 1000, subscribers: 100, row: 42 }
/** How long the last message may take, in milliseconds. */
const LONGEST = 120_000

const [rounds, chart] = [Number(process.argv[2]), process.argv[3]]
const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const site = await servePage(at('page.jsx'))
const server = fork(at('server.mjs'))
const told = (name) =>
  new Promise((resolve) => {
    const listen = (message) => {
      if (!(name in message)) return
      server.off('message', listen)
      resolve(message[name])
    }
    server.on('message', listen)
  })
const url = await told('address')
const browser = await launch()
try {
  const { page, devtools } = await openPage(browser, site.address)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const bursts = {}
  for (const rate of RATES) {
    for (const subscribers of SUBSCRIBERS) {
      const runs = await alternate(`${rate} messages per second, ${subscribers} subscribers`, OF_BURSTS, (side) =>
        measure(page, devtools, { side, rate, subscribers }),
      )
      bursts[`${rate}/s × ${subscribers}`] = { rate, subscribers, messages: rate * DURATION, sides: summary(runs) }
    }
  }
  const runs = await alternate('100 rows, one of them changing', OF_TABLE, (side) => measure(page, devtools, { side, ...TABLE }))
  const table = { ...TABLE, messages: TABLE.rate * DURATION, sides: summary(runs) }
  await writeFile(chart, await page.evaluate((bars) => draw(bars), bars(bursts)))
  console.log(JSON.stringify({ browser: browser.version(), rounds, seconds: DURATION, bursts, table }))
} finally {
  server.disconnect()
  await browser.close()
  await site.stop()
}

/** One side: mounts it, sends, waits until the last message was seen, unmounts. */
async function measure(page, devtools, { side, rate, subscribers, row }) {
  const messages = rate * DURATION
  const connected = told('connected')
  await page.evaluate((given) => mount(given), { url, side, subscribers, messages, row })
  await connected
  await page.waitForTimeout(300)
  await devtools.send('HeapProfiler.collectGarbage')
  const before = await metrics(devtools)
  const mounted = await page.evaluate(() => figures())
  const ended = told('end')
  server.send({ rate, messages, row })
  const end = await ended
  const timeout = setTimeout(() => page.evaluate(() => giveUp()), LONGEST)
  const last = await page.evaluate(() => seen())
  clearTimeout(timeout)
  const after = await metrics(devtools)
  const figures = await page.evaluate(() => globalThis.figures())
  await page.evaluate(() => unmount())
  await page.waitForTimeout(500)
  const renders = figures.renders.map((count, index) => count - mounted.renders[index])
  return {
    script_ms: (after.ScriptDuration - before.ScriptDuration) * 1000,
    task_ms: (after.TaskDuration - before.TaskDuration) * 1000,
    renders: sum(renders),
    ...(row !== undefined && { renders_of_others: sum(renders) - renders[row] }),
    long_tasks: figures.long_tasks,
    long_tasks_ms: figures.long_tasks_ms,
    seen: figures.seen / messages,
    late_ms: last - end,
  }
}

function sum(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0)
}

async function metrics(devtools) {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}

/** Measures every side in each round, in an order that turns. */
async function alternate(what, sides, measure) {
  console.error(`• ${what}`)
  const runs = Object.fromEntries(sides.map((side) => [side, []]))
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(turn + round) % sides.length]
      runs[side].push(await measure(side))
    }
  }
  return runs
}

/** Medians of all figures; script and task time also as ratios to react-use-websocket's of the same round. */
function summary(runs) {
  const sides = Object.keys(runs)
  const compared = (figure) =>
    compare(Object.fromEntries(sides.map((side) => [side, runs[side].map((run) => run[figure])])), sides[0])
  const [script, task] = [compared('script_ms'), compared('task_ms')]
  return Object.fromEntries(
    sides.map((side) => [
      side,
      {
        script_ms: script[side],
        task_ms: task[side],
        ...Object.fromEntries(
          Object.keys(runs[side][0])
            .filter((figure) => !['script_ms', 'task_ms'].includes(figure))
            .map((figure) => [figure, spread(runs[side].map((run) => run[figure]))]),
        ),
      },
    ]),
  )
}

function bars(bursts) {
  return Object.values(bursts).flatMap(({ rate, subscribers, sides }) =>
    Object.entries(sides).map(([side, { script_ms, seen }]) => ({
      rate,
      subscribers,
      side,
      script_ms: script_ms.median,
      seen: seen.median,
    })),
  )
}
