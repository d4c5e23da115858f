// Each browser as its users have it: pages in the background are throttled, and pages that are left go into the
// back/forward cache. Chromium and Firefox through Puppeteer (Playwright's Chromium has both switched off, and drives no
// Firefox from Debian), WebKit through its own driver.
import puppeteer from 'puppeteer-core'
import { FLAGS } from './chromium.mjs'
import { launchWebKit } from './webkit.mjs'

export const ENGINES = ['chromium', 'firefox', 'webkit']

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

/** The longest that anything may take, in milliseconds: for a busy machine. */
const PATIENCE = 60_000

/** Firefox puts WebSockets that were lost into the same log as uncaught errors. */
const LOSS = /^Error: (The connection to ws|Firefox can’t establish a connection)/

/** Starts a browser. */
export async function launchAsUsed(name) {
  if (name === 'webkit') return await launchWebKit()
  const browser = await puppeteer.launch({ headless: true, timeout: PATIENCE, ...LAUNCH[name]() })
  return {
    /** A tab, with what it says about errors. */
    async open() {
      const page = await browser.newPage()
      page.setDefaultTimeout(PATIENCE)
      const uncaught = []
      page.on('pageerror', (error) => LOSS.test(error) || uncaught.push(String(error)))
      return { page, uncaught }
    },
    /** Puts another tab in front of a page; what it returns shows the page again. */
    async hide(page) {
      if (name === 'chromium') {
        // Puppeteer lets every page believe that it is in front, for as long as this is not said.
        const devtools = await page.createCDPSession()
        await devtools.send('Emulation.setFocusEmulationEnabled', { enabled: false })
      }
      const other = await browser.newPage()
      await other.bringToFront()
      return async () => {
        await page.bringToFront()
        await other.close()
      }
    },
    close: () => browser.close(),
    /** Ends all its processes at once, so that none can close a connection. */
    kill: () => process.kill(-browser.process().pid, 'SIGKILL'),
  }
}
