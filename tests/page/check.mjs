// `cargo xtask demo --check`: goes through the chat once and prints what it saw as one JSON line.
// Arguments: the page's address, and optionally a file for a picture of it.
import { launch, openPage } from './chromium.mjs'

const [, , address, picture] = process.argv
const TEXT = 'Hello from cargo xtask demo --check'
const browser = await launch()
const nothing = { connectionId: null, connectMs: null, identifyMs: null, roomMs: null, messageMs: null }
try {
  const { page, uncaught } = await openPage(browser, { viewport: { width: 1280, height: 800 } })
  await page.goto(address)
  await page.getByLabel('Your name').fill('Ada')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('button', { name: 'Under the hood' }).click()
  const shown = page.getByTestId('connection-id').or(page.getByTestId('error'))
  await shown.first().waitFor({ timeout: 30_000 })
  const text = (name) => page.getByTestId(name).textContent({ timeout: 1000 }).catch(() => null)
  const ms = async (step) => {
    const shown = Number(await page.getByTestId(step).getAttribute('data-ms'))
    return round(shown)
  }
  const seen = {
    ...nothing,
    connectionId: await text('connection-id'),
    connectMs: await ms('step-connect'),
    identifyMs: await ms('step-ask'),
    error: await text('error'),
  }
  if (seen.connectionId !== null) {
    seen.roomMs = await timed(page, async () => {
      await page.getByLabel('Join a room').fill('check')
      await page.keyboard.press('Enter')
    }, '.room:not([hidden]) [aria-label="Messages in check"][aria-busy=false]')
    seen.messageMs = await timed(page, async () => {
      await page.getByLabel('Message to check').fill(TEXT)
      await page.keyboard.press('Enter')
    }, '.room:not([hidden]) [data-testid=message]')
  }
  if (picture) await conversation(page, picture)
  console.log(JSON.stringify({ ...seen, error: seen.error ?? uncaught[0] ?? null }))
} catch (thrown) {
  console.log(JSON.stringify({ ...nothing, error: String(thrown.message ?? thrown) }))
} finally {
  await browser.close()
}

/** Milliseconds in the page from the key that `act` presses last until something is there that `selector` finds. */
async function timed(page, act, selector) {
  const found = page.evaluate(
    (selector) =>
      new Promise((resolve) => {
        let pressed = null
        addEventListener('keydown', () => (pressed = performance.now()), { capture: true })
        const observer = new MutationObserver(() => {
          if (pressed === null || !document.querySelector(selector)) return
          observer.disconnect()
          resolve(performance.now() - pressed)
        })
        observer.observe(document.body, { attributes: true, childList: true, subtree: true })
      }),
    selector,
  )
  await act()
  return round(await Promise.race([found, after(30_000, selector)]))
}

function after(ms, selector) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`nothing was found within ${ms} ms: ${selector}`)), ms).unref()
  })
}

function round(ms) {
  return Math.round(ms * 10) / 10
}

/** Two people talk, and a picture is taken of what one of them sees. */
async function conversation(page, picture) {
  const other = await openPage(browser, { viewport: { width: 1280, height: 800 } })
  await other.page.goto(address)
  await other.page.getByLabel('Your name').fill('Grace')
  await other.page.getByRole('button', { name: 'Start' }).click()
  await page.getByRole('link', { name: 'lobby' }).click()
  await page.getByTestId('people').filter({ visible: true, hasText: '2 people' }).waitFor()
  const says = async (one, text, room = 'lobby') => {
    await one.getByLabel(`Message to ${room}`).fill(text)
    await one.keyboard.press('Enter')
    await one.getByTestId('message').filter({ visible: true, hasText: text }).waitFor()
  }
  await says(other.page, 'Is this the real API Gateway?')
  await says(page, 'The local one, with the same Lambda handler.')
  await says(page, 'Its template deploys as it is: lambda/chat/template.yaml')
  await says(other.page, 'I closed my laptop in between, and nothing is missing.')
  await says(other.page, 'Nor is anything here twice.')
  await says(page, 'Each message has a number, and what was missed is asked for: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html')
  await other.page.goto(`${address.split('#')[0]}#check`)
  await says(other.page, 'And another room.', 'check')
  await page.getByTestId('unread').waitFor()
  await page.screenshot({ path: picture })
}
