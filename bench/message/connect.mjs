// From the call to the connectionId, beside the hand-written code.
import { launch } from '../../tests/page/chromium.mjs'
import { openPage } from './open-page.mjs'
import { startServer } from './server.mjs'

const SIDES = ['raw', 'gatesocket']

/** How long a server takes that is not on the same machine: to accept a connection, and to answer. */
const DISTANCE = 25

/**
 * Times in milliseconds by side, of a server on this machine that answers at once: the first connection of a
 * browser, of a page, and later ones of a page. And the first of a page to a server at a distance.
 */
export async function timesToId(browser, address, { browsers, pages, warm }) {
  const near = await startServer()
  const far = await startServer(DISTANCE)
  const ask = (page, side, server) => page.evaluate(([side, url]) => timeToId[side](url), [side, server.address])
  const inFreshPage = async (browser, side, server) => {
    const { page, close } = await openPage(browser, address)
    const time = await ask(page, side, server)
    await close()
    return time
  }
  try {
    const first_in_browser = await alternate(browsers, async (side) => {
      const fresh = await launch()
      const time = await inFreshPage(fresh, side, near)
      await fresh.close()
      return time
    })
    const first_in_page = await alternate(pages, (side) => inFreshPage(browser, side, near))
    const first_in_page_far = await alternate(pages, (side) => inFreshPage(browser, side, far))
    const { page, close } = await openPage(browser, address)
    const later = await alternate(warm, (side) => ask(page, side, near))
    await close()
    return { first_in_browser, first_in_page, first_in_page_far, warm: later }
  } finally {
    near.stop()
    far.stop()
  }
}

/** Measures both sides in each round, the other one first every other time. */
async function alternate(rounds, measure) {
  const times = Object.fromEntries(SIDES.map((side) => [side, []]))
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 ? SIDES : [...SIDES].reverse()) times[side].push(await measure(side))
  }
  return times
}
