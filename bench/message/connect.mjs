// From the call to the connectionId, beside the hand-written code.
import { launch } from '../../tests/page/chromium.mjs'
import { openPage } from './open-page.mjs'
import { startServer } from './server.mjs'

const SIDES = ['raw', 'gatesocket']

/** Times in milliseconds by side: the first connection of a browser, of a page, and later ones of a page. */
export async function timesToId(browser, address, { browsers, pages, warm }) {
  const server = await startServer()
  const ask = (page, side) => page.evaluate(([side, url]) => timeToId[side](url), [side, server.address])
  try {
    return {
      first_in_browser: await alternate(browsers, async (side) => {
        const fresh = await launch()
        try {
          const { page } = await openPage(fresh, address)
          return await ask(page, side)
        } finally {
          await fresh.close()
        }
      }),
      first_in_page: await alternate(pages, async (side) => {
        const { page, close } = await openPage(browser, address)
        const time = await ask(page, side)
        await close()
        return time
      }),
      warm: await inOnePage(browser, address, (page) => alternate(warm, (side) => ask(page, side))),
    }
  } finally {
    server.stop()
  }
}

async function inOnePage(browser, address, use) {
  const { page, close } = await openPage(browser, address)
  const result = await use(page)
  await close()
  return result
}

async function alternate(rounds, measure) {
  const times = Object.fromEntries(SIDES.map((side) => [side, []]))
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? SIDES : [...SIDES].reverse()) times[side].push(await measure(side))
  }
  return times
}
