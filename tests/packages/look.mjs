// What a person with open developer tools sees of a page.
import assert from 'node:assert/strict'
import { openPage } from '../page/chromium.mjs'

const CONNECTION_ID = /^[\w-]{15}=$/

/**
 * Opens a page, waits until it shows a connectionId, and hands both to `look`. Nothing may have gone wrong by then, but
 * for a warning that is `known`.
 */
export async function withPage(browser, address, look = (page, id) => id, known = /(?!)/) {
  const { page, uncaught, close } = await openPage(browser)
  const complaints = []
  page.on('console', (message) => {
    const isFavicon = message.location().url.endsWith('/favicon.ico')
    // Vite's answer while it bundles the dependencies anew; then it loads the page again.
    const isOutdated = message.text().includes('504 (Outdated Optimize Dep)')
    if (['error', 'warning'].includes(message.type()) && !isFavicon && !isOutdated && !known.test(message.text())) {
      complaints.push(message.text())
    }
  })
  try {
    await page.goto(address)
    const shown = page.getByText(CONNECTION_ID)
    await shown.waitFor()
    const result = await look(page, await shown.textContent())
    assert.deepEqual({ uncaught, complaints }, { uncaught: [], complaints: [] })
    return result
  } catch (error) {
    // Why a page shows nothing.
    const text = await page.locator('body').innerText().catch(String)
    error.message += `\n${[...uncaught, ...complaints].join('\n')}\nThe page shows: ${text}`
    throw error
  } finally {
    await close()
  }
}

/** Opens a page until it is quiet, whatever it shows. */
export async function visit(browser, address) {
  const { page, close } = await openPage(browser)
  await page.goto(address, { waitUntil: 'networkidle' })
  await close()
}
