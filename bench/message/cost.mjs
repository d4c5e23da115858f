// The cost of a message: script time of the page's main thread, per message.
import { openPage } from './open-page.mjs'
import { payloads } from './payload.mjs'
import { startServer } from './server.mjs'

export const NAMES = ['raw', 'gatesocket', 'partysocket', 'react-use-websocket']

/** Sizes in bytes, and how many messages of each make a burst. */
const SIZES = [
  [100, 8192],
  [1024, 4096],
  [10_240, 1024],
]
/** How many different texts there are of each size. */
const VARIETY = 256

/** With a real server: V8's script time, as the DevTools protocol counts it, in microseconds per message. */
export async function costOverNetwork(browser, address, rounds) {
  const server = await startServer()
  const { page, devtools, close } = await openPage(browser, address)
  try {
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const scriptTime = async () => {
      const { metrics } = await devtools.send('Performance.getMetrics')
      return metrics.find(({ name }) => name === 'ScriptDuration').value * 1e6
    }
    await page.evaluate((address) => open(address), server.address)
    for (const name of NAMES) await server.has(name)
    await page.waitForTimeout(300)
    return await alternate(rounds, async (name, texts, repeats) => {
      const count = texts.length * repeats
      await page.evaluate(([name, count]) => expect(name, count), [name, count])
      const before = await scriptTime()
      const reported = server.reported()
      await server.burst(name, texts, repeats)
      await reported
      return ((await scriptTime()) - before) / count
    })
  } finally {
    await close()
    server.stop()
  }
}

/** Without a network: the time of `dispatchEvent` on each contestant's own socket, in microseconds per message. */
export async function costOfDispatch(browser, address, rounds) {
  const { page, close } = await openPage(browser, address)
  try {
    await page.evaluate(() => openStubs())
    return await alternate(rounds, async (name, texts, repeats) => {
      const time = await page.evaluate(([name, texts, repeats]) => feed(name, texts, repeats), [name, texts, repeats])
      return (time * 1000) / (texts.length * repeats)
    })
  } finally {
    await close()
  }
}

/** Measures every contestant in each round, in an order that turns, after two rounds that do not count. */
async function alternate(rounds, measure) {
  const results = {}
  for (const [bytes, count] of SIZES) {
    const texts = payloads(bytes, VARIETY)
    const times = Object.fromEntries(NAMES.map((name) => [name, []]))
    for (let round = -2; round < rounds; round++) {
      for (let turn = 0; turn < NAMES.length; turn++) {
        const name = NAMES[(turn + round + 2) % NAMES.length]
        const time = await measure(name, texts, count / VARIETY)
        if (round >= 0) times[name].push(time)
      }
    }
    results[bytes] = times
  }
  return results
}
