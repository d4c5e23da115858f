// `cargo xtask bench message`: measures, and prints one JSON object. Argument: how many rounds.
import { launch } from '../../tests/page/chromium.mjs'
import { NAMES, costOfDispatch, costOverNetwork } from './cost.mjs'
import { timesToId } from './connect.mjs'
import { servePage } from './open-page.mjs'
import { compare } from './statistics.mjs'

const rounds = Number(process.argv[2])
const site = await servePage()
const browser = await launch()
try {
  const say = (what) => console.error(`• ${what}`)
  const compared = (groups) => Object.fromEntries(Object.entries(groups).map(([name, times]) => [name, compare(times, 'raw')]))
  say('Cost of a message over a real WebSocket')
  const network = compared(await costOverNetwork(browser, site.address, rounds))
  say('Cost of a message without a network')
  const dispatch = compared(await costOfDispatch(browser, site.address, rounds))
  say('From connect to the connectionId')
  const connect = await timesToId(browser, site.address, { browsers: Math.ceil(rounds / 2), pages: rounds, warm: 4 * rounds })
  console.log(
    JSON.stringify({
      browser: browser.version(),
      peers: NAMES.slice(2),
      rounds,
      script_time_us: network,
      dispatch_us: dispatch,
      connect_ms: compared(connect),
    }),
  )
} finally {
  await browser.close()
  await site.stop()
}
