// Three pages in one room, which talk while their connections and their backend break without end.
import { setTimeout as pause } from 'node:timers/promises'
import { account } from './account.mjs'
import { openChat, until } from './setting.mjs'
import { plan, strike } from './trouble.mjs'

/** Waits as short as a test wants them: connections are replaced every few seconds. */
const OPTIONS = {
  identify: { timeout: 2000 },
  reconnect: { baseDelay: 20, maxDelay: 300, minUptime: 50 },
  rotation: { age: 1500, spread: 700, drain: 2000 },
  // An answer that is merely late on a busy machine is no refusal.
  requestTimeout: 10_000,
}
/** Pages hold back the next messages while so many of theirs are not stored, so that trouble strikes all along. */
const UNDER_WAY = 12

/**
 * `pages` names the kind of each page (api, react). Resolves to what was broken, in sentences, and to what happened, in numbers:
 * `struck` by kind, and the sums over the pages. `withoutRecovery` are the rules that the bare connections of the same run
 * broke: a network that broke none would show nothing.
 */
export async function storm({ browser, seed, pages: kinds, messages, rounds, ...setting }) {
  const chat = await openChat({ browser, ...setting })
  try {
    const names = kinds.map((kind, index) => `${kind}${index + 1}`)
    const pages = new Map()
    for (const [index, kind] of kinds.entries()) {
      pages.set(names[index], await chat.open(kind, { page: names[index], room: 'storm', options: OPTIONS }))
    }
    const all = [...pages.values()]
    const journal = await chat.api.events('?from=now')
    const struck = {}
    for (const { sends, kind, facts, place, lull } of plan(seed, { rounds, messages, pages: names })) {
      for (const [name, count] of sends) {
        const page = pages.get(name)
        await until(async () => (await page.of('pending')) < UNDER_WAY, `${name} gets on`)
        await page.of('send', count)
      }
      const deed = { kind, facts, place }
      await until(() => strike(chat.api, deed), `there is a connection to ${kind}`)
      struck[kind] = (struck[kind] ?? 0) + 1
      await pause(lull)
    }
    // What was not needed strikes nobody any more.
    await chat.api.delete('/faults')
    const progress = () =>
      Promise.all(all.map(async ({ name, of }) => ({ name, pending: await of('pending'), count: await of('count'), refused: await of('refused') })))
    await until(async () => {
      const seen = await progress()
      const least = messages - seen.flatMap(({ refused }) => refused).length
      return seen.every(({ pending, count }) => pending === 0 && count >= least && count === seen[0].count) || seen
    }, 'every page has sent and shown all')

    const ids = async () => (await Promise.all(all.map((page) => page.of('connectionId')))).sort()
    const members = (page) => page.of('members').then((list) => list.map(({ connectionId }) => connectionId).sort())
    await until(async () => {
      const [now, seen] = [await ids(), await Promise.all(all.map(members))]
      return seen.every((list) => JSON.stringify(list) === JSON.stringify(now)) || { now, seen }
    }, 'each page has the three of them as members')

    const of = async (what) => Object.fromEntries(await Promise.all(all.map(async (page) => [page.name, await page.of(what)])))
    const [sent, shown, stats, refused] = [await of('sent'), await of('shown'), await of('stats'), await of('refused')]
    journal.stop()
    const sum = (of) => Object.values(stats).reduce((total, one) => total + of(one), 0)
    const asked = (action) => journal.all.filter(({ kind, body }) => kind === 'message' && body?.includes(`"${action}"`)).length
    return {
      broken: [
        ...account({ sent, shown, unknown: Object.values(refused).flat().map(({ id }) => id) }),
        ...all.flatMap(({ name, uncaught }) => uncaught.map((error) => `${name}: ${error}`)),
      ],
      struck,
      refused: Object.values(refused).flat(),
      rotations: sum(({ rotations }) => rotations),
      losses: sum(({ losses }) => Object.values(losses).reduce((total, count) => total + count, 0)),
      histories: asked('HISTORY'),
      sends: asked('SEND_MESSAGE'),
      // What a page would show that takes what comes.
      withoutRecovery: account({ sent, shown: await raw(all) }),
      crashes: (chat.gateway.log.text().match(/crashes on purpose/g) ?? []).length,
    }
  } finally {
    await chat.close()
  }
}

/** What came by the connections of those pages that kept it. */
async function raw(pages) {
  const kept = pages.filter(({ kind }) => kind === 'api')
  return Object.fromEntries(await Promise.all(kept.map(async (page) => [page.name, await page.of('received')])))
}
