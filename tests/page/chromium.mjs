// Headless Chromium through Playwright, with what it says about errors collected.
import { chromium } from 'playwright-core'

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The longest that anything may take, in milliseconds: for a busy machine. */
const PATIENCE = 60_000

export async function launch() {
  return await chromium.launch({
    timeout: PATIENCE,
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
  })
}

/** A page in a context of its own, and the list of its uncaught errors and unhandled rejections. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(PATIENCE)
  const page = await context.newPage()
  const uncaught = []
  page.on('pageerror', (error) => uncaught.push(String(error)))
  return { page, uncaught, close: () => context.close() }
}
