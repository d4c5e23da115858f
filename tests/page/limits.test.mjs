// The gateway's limits of time, shortened, and a page in Chromium that meets them.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openSetting } from './faults/setting.mjs'

const QUICK = { reconnect: { baseDelay: 50 } }
/** In seconds; what is to happen before has time for it on a busy machine. */
const IDLE = 3
const LIFETIME = 15

/** A gateway with these limits, for one test. */
async function limited(test, ...limits) {
  const setting = await openSetting({ gateway: limits.map(String) })
  test.after(() => setting.close())
  return setting
}

/** Lets silent sessions be for so long, each with its options; what they saw and did. */
async function wait(setting, time, ...options) {
  const { page, uncaught } = await setting.open()
  const sessions = await page.evaluate(
    ([url, time, options]) =>
      Promise.all(
        options.map(async (options) => {
          const closes = []
          const socket = connect(url, { ...options, onClose: ({ code, reason, wasClean }) => closes.push({ code, reason, wasClean }) })
          const first = await socket.ready()
          await new Promise((resolve) => setTimeout(resolve, time))
          const last = await socket.ready()
          const result = { closes: [...closes], isTheSame: first === last, stats: socket.stats() }
          socket.close()
          return result
        }),
      ),
    [setting.address, time, options],
  )
  assert.deepEqual(uncaught, [])
  return sessions
}

/** What became of the connections, for the report of a failure. */
function told({ statuses, stats, trace }) {
  const entries = trace.filter(({ event }) => ['connect', 'rotation', 'closing', 'close', 'lost'].includes(event))
  const lines = entries.map(({ time, event, link, step, code }) => [time % 100_000, event, link, step ?? code].join(' '))
  return [JSON.stringify({ statuses, losses: stats.losses }), ...lines].join('\n')
}

// They wait for most of their time: together.
describe('limits', { concurrency: true }, () => {
  test('a heartbeat keeps a silent connection that would be cut as idle, and without it the session is back at once', async (test) => {
    const idle = await limited(test, '--idle-timeout', IDLE)
    const [kept, cut] = await wait(idle, 5000, { ...QUICK, heartbeat: 600 }, { ...QUICK, heartbeat: false })
    assert.deepEqual(kept.closes, [])
    assert.ok(kept.isTheSame)
    // Every 600 ms, give or take a tenth, and later on a busy machine.
    assert.ok(kept.stats.heartbeats >= 3 && kept.stats.heartbeats <= 20, `${kept.stats.heartbeats} heartbeats`)
    assert.equal(kept.stats.linksOpened, 1)

    assert.ok(cut.closes.length >= 1)
    for (const close of cut.closes) assert.deepEqual(close, { code: 1001, reason: 'Going away', wasClean: true })
    assert.equal(cut.isTheSame, false)
    assert.equal(cut.stats.heartbeats, 0)
  })

  test('connections are replaced before their lifetime ends: a dozen times, no close, no gap, every message once and in order', async (test) => {
    const old = await limited(test, '--max-connection-duration', LIFETIME)
    const opened = await old.open()
    const rotation = { age: 500, spread: 100, drain: 10_000, lifetime: LIFETIME * 1000 }
    // Not more than a busy machine carries: what piles up is refused, and may outlast a drain.
    await old.begin(opened.page, { rotation }, 20)
    await opened.page.waitForFunction(() => traffic.socket.stats().rotations >= 12)
    const { record, counts, broken } = await old.account(opened)
    assert.deepEqual(broken, [])
    assert.deepEqual(Object.keys(counts.fates), ['resolved'])
    assert.deepEqual([counts.repeated, counts.lost, counts.lateAnswers], [0, [], 0])
    assert.ok(counts.messages > 100, `${counts.messages} messages`)
    assert.deepEqual(record.statuses.map(({ status }) => status), ['identifying', 'ready'], told(record))
    const { losses } = record.stats
    assert.deepEqual(Object.values(losses).filter((count) => typeof count === 'number' && count > 0), [], JSON.stringify(losses))
    const replaced = record.wire.slice(0, -1).filter(({ close }) => close)
    assert.ok(replaced.length >= 11 && replaced.every(({ close }) => close.code === 1000 && close.wasClean))
  })

  test('a session that does not rotate is cut at the lifetime, and comes back with every message accounted for', async (test) => {
    const old = await limited(test, '--max-connection-duration', 2)
    const opened = await old.open()
    await old.begin(opened.page, { ...QUICK, rotation: false }, 20)
    await opened.page.waitForFunction(() => traffic.socket.stats().losses.closed >= 2)
    const { record, broken } = await old.account(opened)
    // What is under way to a gateway that is closing is lost, and only that.
    assert.deepEqual(broken, [])
    assert.ok(record.wire.length >= 3)
    const { close } = record.wire[0]
    assert.equal(close.code, 1001)
  })
})
