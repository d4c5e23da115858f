// The gateway's console in Chromium, with real clients on the other side.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { fixture, startGateway } from '../gateway/gateway.mjs'
import { launch, openPage } from './chromium.mjs'
import { serve } from './site.mjs'

const handler = ['--handler', fixture('messages.mjs'), '--function-name', 'talk']
let browser, gateway

before(async () => {
  browser = await launch()
  gateway = await startGateway(null, handler)
})

after(async () => {
  await browser?.close()
  await gateway?.stop()
})

/** A client with its id; its messages and its end can be awaited. */
async function connect(target = gateway) {
  const socket = new WebSocket(target.ws)
  socket.on('error', () => {})
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
  await once(socket, 'open')
  const { connections } = await (await fetch(`${target.console}/api/connections`)).json()
  return { socket, closed, id: connections[0].connectionId, next: async () => String((await once(socket, 'message'))[0]) }
}

/** The console, live, with what it complained about. */
async function openConsole(options, target = gateway) {
  const { page, uncaught, close } = await openPage(browser, options)
  page.on('console', (message) => message.type() === 'error' && uncaught.push(message.text()))
  await page.goto(target.console)
  await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
  return { page, uncaught, close }
}

const logRows = (page) => page.getByRole('list', { name: 'Events and log lines, oldest first' }).locator('summary')

test('a connection appears, is chosen, gets a text, and is closed with a code and reason', async () => {
  const { page, uncaught, close } = await openConsole()
  const [client, other] = [await connect(), await connect()]
  await page.getByRole('button', { name: `Connection ${client.id}` }).click()
  client.socket.send('{"do":"tell"}')
  other.socket.send('{"do":"from another connection"}')
  await logRows(page).filter({ hasText: 'CONTEXT' }).waitFor()
  await page.getByPlaceholder('Text to send to the client').fill('{"from":"the console"}')
  const received = client.next()
  await page.getByRole('button', { name: 'Send' }).click()
  assert.equal(await received, '{"from":"the console"}')
  await logRows(page).filter({ hasText: '{"from":"the console"}' }).waitFor()
  assert.equal(await logRows(page).filter({ hasText: 'another connection' }).count(), 0)

  await page.getByRole('spinbutton', { name: 'Close code' }).fill('4001')
  await page.getByRole('textbox', { name: 'Close reason' }).fill('enough')
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  assert.deepEqual(await client.closed, { code: 4001, reason: 'enough' })
  await logRows(page).filter({ hasText: 'DISCONNECT 4001 enough' }).waitFor()
  await page.locator('#selected-state').filter({ hasText: 'closed' }).waitFor()
  assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true)

  await page.getByRole('button', { name: 'Show all connections' }).click()
  await logRows(page).filter({ hasText: 'another connection' }).waitFor()
  other.socket.close()
  await other.closed
  assert.deepEqual(uncaught, [])
  await close()
})

test('a connection is chosen by keyboard, cut, and another made idle', async () => {
  const { page, close } = await openConsole()
  const first = await connect()
  await page.getByRole('button', { name: `Connection ${first.id}` }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Cut' }).click()
  assert.deepEqual(await first.closed, { code: 1006, reason: '' })
  const second = await connect()
  await page.getByRole('button', { name: `Connection ${second.id}` }).click()
  await page.getByRole('button', { name: 'Idle now' }).click()
  assert.deepEqual(await second.closed, { code: 1001, reason: 'Going away' })
  await close()
})

test('a fault that is added strikes the client and leaves the list', async () => {
  const { page, close } = await openConsole()
  const client = await connect()
  await page.getByLabel('Route of the fault').selectOption('$default')
  await page.getByRole('button', { name: 'Add fault' }).click()
  const faults = page.getByRole('list', { name: 'Faults that wait' })
  await faults.getByText('next of $default: fail').waitFor()
  const answer = client.next()
  client.socket.send('{"do":"nothing"}')
  assert.match(await answer, /^\{"message": "Internal server error"/)
  await faults.getByText('next of $default: fail').waitFor({ state: 'detached' })
  await logRows(page).filter({ hasText: /\$default fails$/ }).waitFor()

  await page.getByLabel('The next').fill('3')
  await page.getByLabel('Delay in milliseconds').fill('60000')
  await page.getByRole('button', { name: 'Add fault' }).click()
  await page.getByRole('button', { name: 'Take back: next 3 of $default' }).click()
  await faults.getByRole('listitem').waitFor({ state: 'detached' })
  client.socket.close()
  await client.closed
  await close()
})

test('the log is filtered by text and kind, paused and cleared, and a row opens to its whole', async () => {
  const { page, close } = await openConsole()
  const client = await connect()
  client.socket.send('{"do":"throw"}')
  client.socket.send('{"do":"needle"}')
  await page.getByRole('searchbox', { name: 'Filter by text' }).fill('NEEDLE')
  await logRows(page).filter({ hasText: 'needle' }).waitFor()
  await page.waitForFunction(() => [...document.querySelectorAll('#records summary')].every((row) => row.textContent.includes('needle')))
  await logRows(page).first().click()
  await page.locator('#records pre').filter({ hasText: '"do": "needle"' }).waitFor()

  await page.getByRole('searchbox', { name: 'Filter by text' }).fill('')
  await page.getByRole('button', { name: 'Errors' }).click()
  await logRows(page).filter({ hasText: 'thrown by the handler' }).waitFor()
  assert.equal(await logRows(page).filter({ hasText: 'needle' }).count(), 0)

  await page.getByRole('button', { name: 'All', exact: true }).click()
  await page.getByRole('button', { name: 'Pause' }).click()
  client.socket.send('{"do":"while paused"}')
  const resume = page.getByRole('button', { name: /^Resume \([1-9]/ })
  await resume.waitFor()
  assert.equal(await logRows(page).filter({ hasText: 'while paused' }).count(), 0)
  await resume.click()
  await logRows(page).filter({ hasText: 'while paused' }).waitFor()
  client.socket.close()
  await client.closed
  await logRows(page).filter({ hasText: 'DISCONNECT' }).last().waitFor()
  await page.getByRole('button', { name: 'Clear' }).click()
  assert.equal(await logRows(page).filter({ hasText: 'while paused' }).count(), 0)
  await close()
})

test('markup in a message stays text', async () => {
  const { page, uncaught, close } = await openConsole()
  const client = await connect()
  client.socket.send('<img src=x onerror=alert(1)>')
  await logRows(page).filter({ hasText: '<img src=x onerror=alert(1)>' }).first().click()
  assert.equal(await page.locator('#records img').count(), 0)
  assert.deepEqual(uncaught, [])
  client.socket.close()
  await close()
})

test('the page asks for nothing from elsewhere, and every control has a name', async () => {
  const { page, uncaught, close } = await openConsole()
  const client = await connect()
  const requested = []
  page.on('request', (request) => requested.push(request.url()))
  await page.reload()
  await page.getByRole('button', { name: `Connection ${client.id}` }).click()
  await page.locator('#facts dd').first().waitFor()
  const own = gateway.console.replace('/_gateway', '')
  assert.deepEqual(requested.filter((url) => !url.startsWith(`${own}/`) && !url.startsWith('data:')), [])
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll('button, input, select, textarea')]
      .filter((control) => !(control.ariaLabel || control.labels?.[0]?.textContent.trim() || control.textContent.trim()))
      .map((control) => control.outerHTML),
  )
  assert.deepEqual(nameless, [])
  assert.deepEqual(uncaught, [])
  client.socket.close()
  await close()
})

for (const width of [320, 375, 800, 1024]) {
  test(`nothing is wider than a screen of ${width} pixels`, async () => {
    const client = await connect()
    const { page, close } = await openConsole({ viewport: { width, height: 740 } })
    await page.getByRole('button', { name: `Connection ${client.id}` }).click()
    await page.locator('#facts dd').first().waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width)
    client.socket.close()
    await close()
  })
}

test('the page says when the gateway is gone, and follows the next one on the same port', async () => {
  const first = await startGateway(null, handler)
  const { page, close } = await openConsole({}, first)
  const client = await connect(first)
  await logRows(page).filter({ hasText: `connected ${client.id}` }).waitFor()
  await first.stop()
  await page.getByRole('status').filter({ hasText: 'no gateway' }).waitFor()
  const second = await startGateway(null, [...handler, '--port', String(first.port)])
  await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor()
  const next = await connect(second)
  await logRows(page).filter({ hasText: `connected ${next.id}` }).waitFor()
  assert.equal(await logRows(page).filter({ hasText: client.id }).count(), 0)
  next.socket.terminate()
  await close()
  await second.stop()
})

test('a page of another origin can neither read, nor change, nor frame, nor follow', async () => {
  const site = await serve({ '/': '<!doctype html><title>Another origin</title>' })
  const client = await connect()
  for (const address of [site.address, site.address.replace('localhost', '127.0.0.1')]) {
    const { page, close } = await openPage(browser)
    await page.goto(address)
    const outcome = await page.evaluate(
      async ({ console, id }) => {
        const outcome = {}
        const attempt = async (name, action) => {
          outcome[name] = await action().catch(() => 'refused')
        }
        const wish = { method: 'POST', body: '{"fail":true}' }
        const json = { 'content-type': 'application/json' }
        await attempt('read', async () => (await fetch(`${console}/api/connections`)).text())
        await attempt('change', async () => (await fetch(`${console}/api/faults`, { ...wish, headers: json })).status)
        await attempt('simple change', async () => (await fetch(`${console}/api/faults`, { ...wish, mode: 'no-cors' })).type)
        await attempt('cut', async () => (await fetch(`${console}/api/connections/${id}/cut`, { ...wish, body: '{}', mode: 'no-cors' })).type)
        await attempt('follow', () => new Promise((resolve) => {
          const source = new EventSource(`${console}/api/events`)
          source.onmessage = () => resolve('followed')
          source.onerror = () => resolve(source.readyState === EventSource.CLOSED ? 'refused' : 'tried again')
        }))
        await attempt('frame', () => new Promise((resolve) => {
          const frame = document.createElement('iframe')
          frame.onload = () => {
            try {
              resolve(frame.contentDocument ? 'own page' : 'error page')
            } catch {
              resolve('error page')
            }
          }
          frame.src = console
          document.body.append(frame)
        }))
        const form = document.createElement('form')
        Object.assign(form, { method: 'post', action: `${console}/api/faults`, enctype: 'text/plain', target: 'other' })
        form.innerHTML = '<input name=\'{"fail":true,"x":"\' value=\'"}\'><iframe name="other"></iframe>'
        document.body.append(form)
        const sent = new Promise((resolve) => (form.lastChild.onload = resolve))
        form.submit()
        await sent
        return outcome
      },
      { console: gateway.console, id: client.id },
    )
    // A simple request reaches the gateway all the same: what counts is that nothing has come of it, below.
    assert.deepEqual(outcome, { read: 'refused', change: 'refused', 'simple change': 'refused', cut: 'refused', follow: 'refused', frame: 'error page' })
    const shown = page.frames().map((frame) => frame.url())
    assert.ok(!shown.includes(gateway.console), shown.join(' '))
    await close()
  }
  assert.deepEqual(await (await fetch(`${gateway.console}/api/faults`)).json(), { faults: [] })
  assert.equal(client.socket.readyState, WebSocket.OPEN)
  client.socket.close()
  await site.stop()
})
