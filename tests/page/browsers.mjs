// Either browser through Puppeteer, as its users have it: pages in the background are throttled, and pages that are left
// go into the back/forward cache. Playwright's Chromium has both switched off, and drives no Firefox from Debian.
import puppeteer from 'puppeteer-core'
import { FLAGS } from './chromium.mjs'

const LAUNCH = {
  chromium: () => ({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: FLAGS,
    ignoreDefaultArgs: [
      '--disable-back-forward-cache',
      '--disable-background-timer-throttling',
      '--disable-backgrounding-occluded-windows',
      '--disable-renderer-backgrounding',
    ],
  }),
  // By WebDriver BiDi, which it speaks without a driver beside it.
  firefox: () => ({
    browser: 'firefox',
    executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr',
    // After failures in a row it lets a page wait for up to a minute before it connects to that server again.
    extraPrefsFirefox: { 'network.websocket.delay-failed-reconnects': false },
  }),
}

/** Firefox puts WebSockets that were lost into the same log as uncaught errors. */
const LOSS = /^Error: (The connection to ws|Firefox can’t establish a connection)/

/** Starts a browser. */
export async function launchAsUsed(name) {
  const browser = await puppeteer.launch({ headless: true, ...LAUNCH[name]() })
  return {
    /** A tab, with what it says about errors; a function may run before the scripts of each of its pages. */
    async open(beforeScripts) {
      const page = await browser.newPage()
      const uncaught = []
      page.on('pageerror', (error) => LOSS.test(error) || uncaught.push(String(error)))
      if (beforeScripts) await page.evaluateOnNewDocument(beforeScripts)
      return { page, uncaught }
    },
    close: () => browser.close(),
  }
}
