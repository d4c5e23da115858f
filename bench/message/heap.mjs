// `cargo xtask bench heap`: what a page holds before and after many messages, as one JSON object. Argument: how many.
import { launch } from '../../tests/page/chromium.mjs'
import { growth } from '../../tests/page/growth.mjs'
import { fixturePage, serve } from '../../tests/page/site.mjs'

const messages = Number(process.argv[2])
const browser = await launch()
const site = await serve({ '/': await fixturePage('api.js') })
try {
  console.log(JSON.stringify({ browser: browser.version(), ...(await growth(browser, site.address, messages)) }))
} finally {
  await browser.close()
  await site.stop()
}
