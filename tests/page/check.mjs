// `cargo xtask demo --check`: opens the demo page once and prints what it shows as one JSON line.
import { launch, openPage } from './chromium.mjs'

const browser = await launch()
try {
  const { page, uncaught } = await openPage(browser)
  await page.goto(process.argv[2])
  const shown = page.getByTestId('connection-id').or(page.getByTestId('error'))
  await shown.first().waitFor({ timeout: 30_000 })
  const text = (name) => page.getByTestId(name).textContent({ timeout: 1000 }).catch(() => null)
  const ms = async (step) => {
    const shown = Number(await page.getByTestId(step).getAttribute('data-ms'))
    return Math.round(shown * 10) / 10
  }
  console.log(
    JSON.stringify({
      connectionId: await text('connection-id'),
      connectMs: await ms('step-connect'),
      identifyMs: await ms('step-ask'),
      error: (await text('error')) ?? uncaught[0] ?? null,
    }),
  )
} finally {
  await browser.close()
}
