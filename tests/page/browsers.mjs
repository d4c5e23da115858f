// The same page in either browser: what tests of both use of it is what Playwright and Puppeteer have in common
// (`goto`, `evaluate` with one argument, `waitForFunction`).
import puppeteer from 'puppeteer-core'
import { launch, openPage } from './chromium.mjs'

/** Opens a page in a browser of its own, with a function that runs before the page's scripts. */
export async function openIn(name, beforeScripts) {
  return name === 'firefox' ? await openFirefox(beforeScripts) : await openChromium(beforeScripts)
}

async function openChromium(beforeScripts) {
  const browser = await launch()
  const opened = await openPage(browser)
  await opened.page.addInitScript(beforeScripts)
  return { ...opened, close: () => browser.close() }
}

/** Firefox by WebDriver BiDi, which it speaks without a driver beside it. */
async function openFirefox(beforeScripts) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr',
    headless: true,
  })
  const page = await browser.newPage()
  const uncaught = []
  // It puts WebSockets that were lost into the same log as uncaught errors.
  const isLoss = /^Error: (The connection to ws|Firefox can’t establish a connection)/
  page.on('pageerror', (error) => isLoss.test(error) || uncaught.push(String(error)))
  await page.evaluateOnNewDocument(beforeScripts)
  return { page, uncaught, close: () => browser.close() }
}
