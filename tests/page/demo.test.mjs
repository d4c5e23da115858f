// The demo end to end: the built chat, the packed package, the real gateway, the chat's handler and its database.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startDynamoDb } from '../../lambda/chat/local/dynamodb.mjs'
import { startGateway } from '../gateway/gateway.mjs'
import { launch, openPage } from './chromium.mjs'
import { closedPort } from './closed-port.mjs'
import { serve } from './site.mjs'

const DIST = fileURLToPath(new URL('../../www/dist', import.meta.url))
const TEMPLATE = fileURLToPath(new URL('../../lambda/chat/template.yaml', import.meta.url))
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let browser, backend, gateway, site, room

/** A gateway with the chat on a database of its own, which can lose all that it has. */
async function startWithDatabase() {
  let database = await startDynamoDb()
  const variables = Object.entries(database.env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const gateway = await startGateway(null, ['--template', TEMPLATE, ...variables])
  return {
    gateway,
    async restartDatabase() {
      await database.stop()
      database = await startDynamoDb({ port: new URL(database.endpoint).port })
    },
    async stop() {
      await gateway.stop()
      await database.stop()
    },
  }
}

before(async () => {
  browser = await launch()
  backend = await startWithDatabase()
  gateway = backend.gateway
  site = await serve({ '/': await readFile(`${DIST}/index.html`) }, DIST)
})

let rooms = 0
beforeEach(() => (room = `room-${++rooms}`))

after(async () => {
  await browser?.close()
  await site?.stop()
  await backend?.stop()
})

const addressOf = (room, url = gateway.ws) => `${site.address}/?url=${encodeURIComponent(url)}#${encodeURIComponent(room)}`

/** A page of somebody in a room; `problems` has what the browser's console and nobody else would tell. */
async function enter(name, { into = room, url, ...options } = {}) {
  const opened = await openPage(browser, options)
  const { page, uncaught } = opened
  const problems = uncaught
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.goto(addressOf(into, url))
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Start' }).click()
  if (!url) await joined(page, into)
  return { ...opened, problems }
}

const joined = (page, room) => page.locator(`[aria-label="Messages in ${room}"][aria-busy=false]`).waitFor({ state: 'attached' })
const box = (page, room) => page.getByLabel(`Message to ${room}`, { exact: true })
const texts = (page, room) => page.locator(`[aria-label="Messages in ${room}"] [data-testid=message] .text`)

async function say(page, text, to = room) {
  await box(page, to).fill(text)
  await page.keyboard.press('Enter')
}

/** Waits until a page shows exactly these messages. */
async function shows(page, expected, where = room) {
  const found = texts(page, where)
  await found.nth(expected.length - 1).waitFor()
  assert.deepEqual(await found.allTextContents(), expected)
}

const openHood = (page) => page.getByRole('button', { name: 'Under the hood' }).click()

/** Breaks the connection of a page from outside, and returns its id. */
async function cut(page, of = gateway) {
  if (!(await page.getByTestId('connection-id').isVisible())) await openHood(page)
  const id = await page.getByTestId('connection-id').textContent()
  const answer = await fetch(`${of.console}/api/connections/${encodeURIComponent(id)}/cut`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(answer.status, 200, await answer.text())
  return id
}

test('two people talk, each sees whose words are whose, and who is there', async () => {
  const ada = await enter('Ada')
  const grace = await enter('Grace')
  await say(ada.page, 'Good morning')
  await shows(grace.page, ['Good morning'])
  await say(grace.page, 'Good morning, Ada')
  await shows(ada.page, ['Good morning', 'Good morning, Ada'])
  await shows(grace.page, ['Good morning', 'Good morning, Ada'])

  const [first, second] = await ada.page.getByTestId('message').all()
  assert.match(await first.textContent(), /^You/)
  assert.match(await second.textContent(), /Grace/)
  assert.ok((await first.getAttribute('class')).includes('own'))
  await ada.page.getByTestId('people').filter({ hasText: '2 people' }).click()
  const people = ada.page.getByRole('complementary', { name: 'People in this room' }).getByRole('listitem')
  assert.deepEqual((await people.allTextContents()).map((text) => text.slice(1)), ['Adayou', 'Grace'])

  await grace.close()
  await ada.page.getByTestId('people').filter({ hasText: '1 person' }).waitFor()
  assert.deepEqual([...ada.problems, ...grace.problems], [])
  await ada.close()
})

test('what was said is there again after a reload, the name too, and what is older comes when asked for', async () => {
  const { page, problems, close } = await enter('Ada')
  for (let number = 1; number <= 55; number++) await say(page, `number ${number}`)
  await texts(page, room).nth(54).waitFor()
  await page.reload()
  await joined(page, room)
  assert.equal(await page.getByTestId('my-name').textContent(), 'Ada')
  const all = Array.from({ length: 55 }, (_, index) => `number ${index + 1}`)
  await shows(page, all.slice(-50))
  assert.ok((await page.getByTestId('message').first().getAttribute('class')).includes('own'), 'own after a reload')
  // By the keyboard: Home scrolls to the beginning, which asks for those before it.
  await page.getByTestId('messages').focus()
  await page.keyboard.press('Home')
  await shows(page, all)
  assert.equal(await page.getByRole('button', { name: 'Earlier messages' }).count(), 0)
  assert.deepEqual(problems, [])
  await close()
})

test('what was missed while the connection was broken is shown once, and what was written meanwhile is sent', async () => {
  const ada = await enter('Ada')
  const grace = await enter('Grace')
  await say(grace.page, 'before')
  await shows(ada.page, ['before'])
  await openHood(ada.page)
  await ada.page.evaluate(() => {
    const status = document.querySelector('[data-testid=status]')
    globalThis.statuses = []
    new MutationObserver(() => statuses.push(status.textContent)).observe(status, { characterData: true, childList: true, subtree: true })
  })
  const id = await cut(ada.page)
  await ada.page.waitForFunction(() => statuses.length > 0)
  await say(grace.page, 'meanwhile')
  await say(ada.page, 'from a broken connection')
  await ada.page.getByTestId('connection-id').filter({ hasNotText: id }).waitFor()
  for (const { page } of [ada, grace]) {
    await texts(page, room).nth(2).waitFor()
    const seen = await texts(page, room).allTextContents()
    assert.deepEqual(seen.toSorted(), ['before', 'from a broken connection', 'meanwhile'])
  }
  assert.deepEqual(await texts(ada.page, room).allTextContents(), await texts(grace.page, room).allTextContents(), 'one order')
  const statuses = await ada.page.evaluate(() => globalThis.statuses)
  assert.match(statuses[0], /^(re)?connecting/)
  assert.equal(await ada.page.getByTestId('pending').count(), 0)
  // Chromium reports nothing of a WebSocket that was cut while it was open.
  assert.deepEqual([...ada.problems, ...grace.problems], [])
  await ada.close()
  await grace.close()
})

test('a message is pending until the backend has numbered it; one that is refused is kept for another try', async () => {
  const { page, close } = await enter('Ada')
  await page.evaluate(() => {
    globalThis.pending = 0
    new MutationObserver(() => (pending += document.querySelectorAll('[data-testid=pending]').length)).observe(document.body, {
      childList: true,
      subtree: true,
    })
  })
  await say(page, 'one')
  await shows(page, ['one'])
  assert.ok((await page.evaluate(() => globalThis.pending)) > 0)
  await page.getByTestId('pending').waitFor({ state: 'detached' })

  await openHood(page)
  await page.getByRole('button', { name: 'Disconnect' }).click()
  await page.getByTestId('status').filter({ hasText: 'not connected' }).waitFor()
  await say(page, 'two')
  const failed = page.getByTestId('failed')
  await failed.getByRole('alert').filter({ hasText: 'Not sent.' }).waitFor()
  await failed.getByRole('button', { name: 'Try again' }).click()
  await failed.getByRole('alert').filter({ hasText: 'Not sent.' }).waitFor()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByTestId('connection-id').waitFor()
  await failed.getByRole('button', { name: 'Try again' }).click()
  await shows(page, ['one', 'two'])
  assert.equal(await failed.count(), 0)

  await page.getByRole('button', { name: 'Disconnect' }).click()
  await say(page, 'three')
  await failed.getByRole('button', { name: 'Discard' }).click()
  await failed.waitFor({ state: 'detached' })
  await close()
})

test('another name is what others see from then on', async () => {
  const ada = await enter('Ada')
  const grace = await enter('Grace')
  await say(ada.page, 'as Ada')
  await ada.page.getByRole('button', { name: 'Rename' }).click()
  await ada.page.getByLabel('Your name').fill('Augusta')
  await ada.page.keyboard.press('Enter')
  await grace.page.getByTestId('people').click()
  const people = grace.page.getByRole('complementary', { name: 'People in this room' })
  await people.getByText('Augusta').waitFor()
  await say(ada.page, 'as Augusta')
  await shows(grace.page, ['as Ada', 'as Augusta'])
  const authors = await grace.page.getByTestId('message').locator('b').allTextContents()
  assert.deepEqual(authors, ['Ada', 'Augusta'])
  await shows(ada.page, ['as Ada', 'as Augusta'])
  assert.deepEqual([...ada.problems, ...grace.problems], [])
  await ada.close()
  await grace.close()
})

test('rooms are kept apart, others show what is unread, and what is typed stays in its room', async () => {
  const other = `${room} & more`
  const ada = await enter('Ada')
  const grace = await enter('Grace')
  await ada.page.getByLabel('Join a room').fill(other)
  await ada.page.keyboard.press('Enter')
  await joined(ada.page, other)
  assert.equal(await ada.page.evaluate(() => decodeURIComponent(location.hash)), `#${other}`)
  await box(ada.page, other).fill('half a sentence')
  await say(grace.page, 'one')
  await say(grace.page, 'two')
  const link = ada.page.getByRole('link', { name: new RegExp(`${room}\\D*2 unread`) })
  await link.waitFor()
  assert.match(await ada.page.title(), /^\(2\)/)
  await link.click()
  await shows(ada.page, ['one', 'two'])
  await ada.page.getByText('New', { exact: true }).filter({ visible: true }).waitFor()
  await ada.page.getByTestId('unread').waitFor({ state: 'detached' })
  await ada.page.goBack()
  await box(ada.page, other).waitFor()
  assert.equal(await box(ada.page, other).inputValue(), 'half a sentence')
  assert.equal(await texts(ada.page, other).count(), 0)

  // A link leads into its room.
  const guest = await enter('Guest', { into: other })
  await say(ada.page, 'welcome', other)
  await shows(guest.page, ['welcome'], other)
  await ada.page.getByRole('link', { name: other }).hover()
  await ada.page.getByRole('button', { name: `Leave ${other}` }).click()
  await box(ada.page, room).waitFor()
  await guest.page.getByTestId('people').filter({ visible: true, hasText: '1 person' }).waitFor()
  assert.deepEqual([...ada.problems, ...grace.problems, ...guest.problems], [])
  for (const { close } of [ada, grace, guest]) await close()
})

test('what nobody has read is counted also when the database has lost its messages, and with them its numbers', async (test) => {
  const lost = await startWithDatabase()
  test.after(() => lost.stop())
  const [lobby, other] = [room, `${room}-b`]
  const ada = await enter('Ada', { url: lost.gateway.ws })
  const grace = await enter('Grace', { url: lost.gateway.ws })
  for (const text of ['one', 'two', 'three']) await say(grace.page, text)
  await shows(ada.page, ['one', 'two', 'three'])
  await ada.page.getByLabel('Join a room').fill(other)
  await ada.page.keyboard.press('Enter')
  await joined(ada.page, other)
  await say(grace.page, 'four')
  await ada.page.getByRole('link', { name: new RegExp(`${lobby}\\D*1 unread`) }).waitFor()
  await lost.restartDatabase()
  const ids = []
  for (const { page } of [ada, grace]) {
    const old = await cut(page, lost.gateway)
    const id = page.getByTestId('connection-id').filter({ hasNotText: old })
    await id.waitFor()
    ids.push(await id.textContent())
  }
  // Both are in the first room again when Grace is told so. How many there are the page also says from before.
  const told = grace.page.getByTestId('log').locator('li')
  await told.filter({ hasText: ids[0] }).filter({ hasText: ids[1] }).first().waitFor()
  await say(grace.page, 'five')
  await say(grace.page, 'six')
  const link = ada.page.getByRole('link', { name: new RegExp(`${lobby}\\D*3 unread`) })
  await link.click()
  await shows(ada.page, ['one', 'two', 'three', 'four', 'five', 'six'])
  const rows = ada.page.locator(`[aria-label="Messages in ${lobby}"] li`)
  const place = async (text) => (await rows.allTextContents()).findIndex((row) => row.includes(text))
  assert.equal(await place('New'), (await place('four')) - 1)
  await ada.page.getByTestId('unread').waitFor({ state: 'detached' })
  await say(grace.page, 'seven')
  await shows(ada.page, ['one', 'two', 'three', 'four', 'five', 'six', 'seven'])
  assert.equal(await ada.page.getByTestId('unread').count(), 0)
  for (const { close } of [ada, grace]) await close()
})

test('the keyboard is enough', async () => {
  const { page, problems, close } = await openPage(browser).then((opened) => ({ ...opened, problems: opened.uncaught }))
  await page.goto(addressOf(room))
  await page.locator('input:focus').waitFor()
  await page.keyboard.type('Ada')
  await page.keyboard.press('Enter')
  await joined(page, room)
  // The box to write in has the focus.
  await page.keyboard.type('a line')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('and another')
  await page.keyboard.press('Enter')
  await shows(page, ['a line\nand another'])
  const reach = async (name) => {
    for (let tries = 0; tries < 40; tries++) {
      const focused = await page.evaluate(() => {
        const { ariaLabel, labels, textContent } = document.activeElement
        return ariaLabel ?? labels?.[0]?.textContent ?? textContent
      })
      if (focused?.trim() === name) return
      await page.keyboard.press('Tab')
    }
    assert.fail(`Tab does not lead to ${name}`)
  }
  await reach('Join a room')
  await page.keyboard.type(`${room}-b`)
  await page.keyboard.press('Enter')
  await joined(page, `${room}-b`)
  await page.keyboard.type('by keyboard')
  await page.keyboard.press('Enter')
  await shows(page, ['by keyboard'], `${room}-b`)
  // What closes a panel leads back to what has opened it, also when the room has changed meanwhile.
  const focused = () => page.locator(':focus')
  for (const [opener, closer] of [
    ['Under the hood', 'Close what is under the hood'],
    ['1 person', 'Close the list of people'],
  ]) {
    await reach(opener)
    await page.keyboard.press('Enter')
    await reach(closer)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: closer }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: opener }).and(focused()).waitFor()
  }
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: room, exact: true }).click()
  await reach('Close the list of people')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: '1 person' }).and(focused()).filter({ visible: true }).waitFor()
  // Where both have no place, what opened it is behind the button that leads to the rooms.
  await reach('Under the hood')
  await page.keyboard.press('Enter')
  await page.getByTestId('connection-id').waitFor()
  await page.setViewportSize({ width: 360, height: 740 })
  await reach('Close what is under the hood')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'All rooms' }).and(focused()).waitFor()
  assert.deepEqual(problems, [])
  await close()
})

test('addresses can be followed, other schemes and HTML stay text, and a message too long is refused with the limit', async () => {
  const { page, problems, close } = await enter('Ada')
  const text = 'See https://example.com/a?b=1#c, javascript:alert(1) and <img src=x onerror=alert(1)>.'
  await say(page, text)
  await shows(page, [text])
  const links = page.getByTestId('messages').getByRole('link')
  assert.deepEqual(await links.evaluateAll((all) => all.map(({ href, rel }) => [href, rel])), [
    ['https://example.com/a?b=1#c', 'noopener noreferrer nofollow'],
  ])
  assert.equal(await page.getByTestId('messages').locator('img').count(), 0)

  await box(page, room).fill('é'.repeat(15_501))
  await page.getByTestId('too-long').filter({ hasText: '31,002 bytes, and 31,000 can be sent' }).waitFor()
  assert.ok(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled())
  await page.keyboard.press('Enter')
  await box(page, room).fill('é'.repeat(15_500))
  await page.keyboard.press('Enter')
  await shows(page, [text, 'é'.repeat(15_500)])
  assert.deepEqual(problems, [])
  await close()
})

test('under the hood are the three steps with their times, the connectionId, JSON of your own and every frame', async () => {
  const { page, problems, close } = await enter('Ada')
  await openHood(page)
  const id = await page.getByTestId('connection-id').textContent()
  assert.match(id, /^[\w-]{15}=$/)
  for (const step of ['connect', 'ask', 'know']) {
    const ms = Number(await page.getByTestId(`step-${step}`).getAttribute('data-ms'))
    assert.ok(ms > 0 && ms < 30_000, `${step} took ${ms} ms`)
  }
  const log = page.getByTestId('log')
  await log.getByText('{"action":"GET_CONNECTION_ID"}').waitFor()
  await log.getByText(`{"connectionId":"${id}"}`).waitFor()
  await log.getByText(`"joined":"${room}"`).waitFor()
  await gateway.log.line(new RegExp(`^connected ${id}`))

  await page.getByRole('button', { name: 'MEMBERS' }).click()
  await page.getByRole('button', { name: 'Send JSON' }).click()
  await log.getByText(`"membersOf":"${room}"`).waitFor()
  await page.getByLabel('Send JSON', { exact: true }).and(page.locator('textarea')).fill('{"action":')
  await page.getByRole('button', { name: 'Send JSON' }).click()
  await page.getByTestId('json-note').filter({ hasText: 'JSON' }).waitFor()

  await page.getByRole('button', { name: 'Lose connection' }).click()
  await page.getByTestId('connection-id').filter({ hasText: /^[\w-]{15}=$/, hasNotText: id }).waitFor()
  await page.getByRole('button', { name: 'Disconnect' }).click()
  await page.getByText('none: there is no connection').waitFor()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByTestId('connection-id').waitFor()
  await joined(page, room)
  assert.deepEqual(problems, [])
  await close()
})

test('an address where nothing listens is an error that the page shows, calmly', async () => {
  const { page, close } = await enter('Ada', { url: `ws://localhost:${await closedPort()}/` })
  await openHood(page)
  await page.getByTestId('error').filter({ hasText: 'connect-failed' }).waitFor()
  await page.getByTestId('status').filter({ hasText: /^reconnecting in \d+ s$/ }).waitFor()
  assert.equal(await page.getByRole('dialog').count(), 0)
  await close()
})

test('nothing is wider than a phone, and there one thing is shown at a time', async () => {
  const { page, close } = await enter('Ada', { viewport: { width: 360, height: 740 } })
  const fits = async () => assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360)
  await say(page, 'x'.repeat(500))
  await shows(page, ['x'.repeat(500)])
  await fits()
  assert.ok(await page.getByTestId('messages').evaluate((box) => box.scrollWidth <= box.clientWidth), 'the words are broken')
  await page.getByRole('button', { name: 'All rooms' }).click()
  await page.getByLabel('Join a room').waitFor()
  await fits()
  await openHood(page)
  await page.getByTestId('connection-id').waitFor()
  await fits()
  await page.getByRole('button', { name: 'Close what is under the hood' }).click()
  await page.getByTestId('people').click()
  await page.getByRole('complementary', { name: 'People in this room' }).waitFor()
  await fits()
  await close()
})

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing to complain about, in ${colorScheme} colours`, async () => {
    const opened = await openPage(browser, { colorScheme })
    const { page, close } = opened
    const complaints = async (where) => {
      await page.evaluate(AXE)
      const { violations } = await page.evaluate(() => axe.run())
      return violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    }
    await page.goto(addressOf(room))
    await page.getByLabel('Your name').waitFor()
    const found = await complaints('the first page')
    await page.getByLabel('Your name').fill('Ada')
    await page.keyboard.press('Enter')
    await joined(page, room)
    await say(page, 'a link to https://example.com/')
    await shows(page, ['a link to https://example.com/'])
    await page.getByTestId('people').click()
    found.push(...(await complaints('the room')))
    await openHood(page)
    found.push(...(await complaints('under the hood')))
    await page.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByTestId('status').filter({ hasText: 'not connected' }).waitFor()
    await say(page, 'not to be sent')
    await page.getByTestId('failed').waitFor()
    found.push(...(await complaints('without a connection')))
    assert.deepEqual(found, [])
    await close()
  })
}
