// Who is in a room is right again within a bound, however somebody leaves it.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, test } from 'node:test'
import { launchAsUsed } from '../page/browsers.mjs'
import { within } from '../page/faults/setting.mjs'
import { startRelay } from './relay.mjs'
import { openChat, until } from './setting.mjs'

/** Where the end of TCP is seen, the others know within so many milliseconds; on a quiet machine it is a hundredth of that. */
const BOUND = 10_000
const QUICK = { reconnect: { baseDelay: 20, maxDelay: 300 } }

const ends = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A setting that ends with the test. */
async function opened(options) {
  const chat = await openChat(options)
  ends.push(chat.close)
  return chat
}

const idOf = (page) => page.of('connectionId')
const membersOf = async (page) => (await page.of('members')).map(({ connectionId }) => connectionId).sort()

/** Waits until these pages have each other as members, and those ids that are told. */
async function haveEachOther(pages, more = [], patience) {
  await until(async () => {
    const wanted = JSON.stringify([...(await Promise.all(pages.map(idOf))), ...more].sort())
    const seen = await Promise.all(pages.map(membersOf))
    return seen.every((list) => JSON.stringify(list) === wanted) || { wanted, seen }
  }, 'they are right about who is there', patience)
}

/** Milliseconds until the page has this many members, measured in the page. */
const soMany = (page, count) =>
  page.page.evaluate(
    (count) =>
      new Promise((resolve) => {
        const began = performance.now()
        const look = () => (chat.members().length === count ? resolve(performance.now() - began) : setTimeout(look, 2))
        look()
      }),
    count,
  )

const open = (chat, names, more = {}) =>
  Promise.all(names.map((page) => chat.open(page === 'react' ? 'react' : 'api', { page, room: 'here', options: QUICK, ...more })))

/** One leaves by force; the pages that stay know within the bound. */
async function leaves(t, chat, victim, stayed, force, code) {
  const id = await idOf(victim)
  await haveEachOther([...stayed, victim])
  const journal = await chat.api.events('?from=now')
  const gone = Promise.all(stayed.map((page) => soMany(page, stayed.length)))
  await force()
  const times = await gone
  const { text } = await within(journal.find(({ kind, connectionId }) => kind === 'disconnected' && connectionId === id), 'no end')
  journal.stop()
  t.diagnostic(`${text}; right after ${times.map(Math.round)} ms`)
  assert.match(text, code)
  assert.ok(Math.max(...times) < BOUND, String(times))
  await haveEachOther(stayed)
}

test('a browser that is killed is gone from the lists of the others, with all its processes', async (t) => {
  const chat = await opened()
  const stayed = await open(chat, ['one', 'react'])
  const victims = await launchAsUsed('chromium')
  ends.push(() => victims.close().catch(() => {}))
  const [victim] = await open(chat, ['victim'], { browser: victims })
  await leaves(t, chat, victim, stayed, () => victims.kill(), /1006/)
})

test('a tab whose process dies is gone from the lists of the others', async (t) => {
  const chat = await opened()
  const [victim, ...stayed] = await open(chat, ['victim', 'one', 'react'])
  const devtools = await victim.page.createCDPSession()
  // Nobody answers from a process that died; Chromium's network process lives on, and closes its connection with 1001.
  await leaves(t, chat, victim, stayed, () => void devtools.send('Page.crash').catch(() => {}), / 100[16] /)
})

test('one whose end the backend was never told of is gone with the next message', async (t) => {
  const chat = await opened()
  const [victim, one] = await open(chat, ['victim', 'one'])
  const id = await idOf(victim)
  await haveEachOther([victim, one])
  await chat.api.post('/faults', { routeKey: '$disconnect', fail: true })
  await victim.page.close()
  await until(async () => (await chat.api.get('/faults')).faults.length === 0, 'its end was not told')
  assert.ok((await membersOf(one)).includes(id), 'a ghost')
  const gone = soMany(one, 1)
  await one.of('send', 1)
  t.diagnostic(`right after ${Math.round(await gone)} ms`)
  await haveEachOther([one])
})

/** A page whose connection passes a relay that can hang, beside one that has none. */
async function behindRelay(limits) {
  const chat = await opened({ gateway: limits })
  const relay = await startRelay(chat.gateway.port)
  ends.push(relay.stop)
  // Their heartbeats keep them, as the usual ones do within the usual limits.
  const options = { ...QUICK, heartbeat: 300 }
  const [one] = await open(chat, ['one'], { options })
  const [ghost] = await open(chat, ['ghost'], { options, url: chat.gateway.ws.replace(/:\d+/, `:${relay.port}`) })
  await haveEachOther([one, ghost])
  const id = await idOf(ghost)
  relay.hang()
  await ghost.page.close()
  const isOpen = async () => (await chat.api.get('/connections')).connections.some(({ connectionId }) => connectionId === id)
  return { chat, one, id, isOpen }
}

test('where no end of TCP is seen, a silent room is right after the idle timeout', async (t) => {
  // 10 minutes are 10 seconds.
  const { chat, one, id, isOpen } = await behindRelay(['--speed', '60'])
  const hung = Date.now()
  assert.ok(await isOpen())
  assert.ok((await membersOf(one)).includes(id), 'a ghost until then')
  await haveEachOther([one])
  t.diagnostic(`right after ${Date.now() - hung} ms`)
  assert.equal(await isOpen(), false)
  assert.match(await chat.gateway.log.line(new RegExp(`disconnected ${id}`)), / 1001 /)
})

test('and one where people talk, which keeps the ghost’s connection from being idle, after the longest life of a connection', async (t) => {
  // 6 seconds for 10 minutes, and 45 for 2 hours.
  const { chat, one, id, isOpen } = await behindRelay(['--idle-timeout', '6', '--max-connection-duration', '45'])
  const hung = Date.now()
  const talk = async () => {
    await one.of('send', 1)
    await pause(200)
  }
  while (Date.now() - hung < 12_000) await talk()
  assert.ok(await isOpen(), 'what is sent to it counts, whether or not it arrives')
  assert.ok((await membersOf(one)).includes(id))
  // They go on, so that it is not cut as idle in the end.
  await until(async () => {
    await talk()
    return !(await isOpen())
  }, 'it has lived for as long as it may')
  await haveEachOther([one])
  t.diagnostic(`right after ${Date.now() - hung} ms`)
})
