// `cargo xtask demo --check`: opens the demo page once and prints what it shows as one JSON line.
// Arguments: the page's address, and optionally a file for a picture of it.
import { launch, openPage } from './chromium.mjs'

const [, , address, picture] = process.argv
const browser = await launch()
const nothing = { connectionId: null, connectMs: null, identifyMs: null }
try {
  const { page, uncaught } = await openPage(browser, { viewport: { width: 1280, height: 730 } })
  await page.goto(address)
  const shown = page.getByTestId('connection-id').or(page.getByTestId('error'))
  await shown.first().waitFor({ timeout: 30_000 })
  const text = (name) => page.getByTestId(name).textContent({ timeout: 1000 }).catch(() => null)
  const ms = async (step) => {
    const shown = Number(await page.getByTestId(step).getAttribute('data-ms'))
    return Math.round(shown * 10) / 10
  }
  if (picture) {
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByTestId('log').getByText('{"echo":"hello"}').waitFor()
    await page.screenshot({ path: picture })
  }
  console.log(
    JSON.stringify({
      connectionId: await text('connection-id'),
      connectMs: await ms('step-connect'),
      identifyMs: await ms('step-ask'),
      error: (await text('error')) ?? uncaught[0] ?? null,
    }),
  )
} catch (thrown) {
  console.log(JSON.stringify({ ...nothing, error: String(thrown.message ?? thrown) }))
} finally {
  await browser.close()
}
