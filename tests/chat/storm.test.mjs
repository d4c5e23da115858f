// A room survives: no message lost, none shown twice, all in one order, whatever breaks on the way.
import assert from 'node:assert/strict'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { storm } from './storm.mjs'

/** Decides what happens when, as far as a network and three browsers let it be decided. */
const SEED = Number(process.env.CHAT_SEED ?? 1)
/** Dies in the middle of about five of a hundred messages. */
const handler = fileURLToPath(new URL('crashing.mjs', import.meta.url))

/** Runs it, and sees that enough has happened to say something. */
async function survives(t, { mayRefuse = 0, ...given }, least) {
  t.diagnostic(`CHAT_SEED=${SEED}`)
  const { broken, withoutRecovery, refused, ...happened } = await storm({ seed: SEED, ...given })
  t.diagnostic(JSON.stringify({ ...happened, refused: refused.length, withoutRecovery: withoutRecovery.length }))
  assert.deepEqual(broken, [], `CHAT_SEED=${SEED}`)
  assert.ok(refused.length <= mayRefuse, JSON.stringify(refused))
  for (const [what, count] of Object.entries(least)) {
    const seen = happened[what] ?? happened.struck[what] ?? 0
    assert.ok(seen >= count, `${what}: ${seen}, at least ${count} make it a storm`)
  }
  assert.ok(withoutRecovery.some((rule) => rule.includes('did not show')), 'the connections themselves lost messages')
}

test('three pages in one room, one of them React’s, show 1,000 messages once and in one order', async (t) => {
  const pages = ['api', 'api', 'react']
  const least = { cut: 8, close: 2, freeze: 2, delay: 4, fail: 4, rotations: 5, losses: 10, histories: 5 }
  await survives(t, { pages, messages: 1000, rounds: 60 }, least)
})

test('and when the processes of the backend die as well', async (t) => {
  const least = { cut: 2, rotations: 1, losses: 3, histories: 2, crashes: 3 }
  // After three failures in a row a room tells the sender that it gave up.
  await survives(t, { mayRefuse: 3, pages: ['api', 'react'], messages: 200, rounds: 25, handler, gateway: ['--env', 'CHAT_CRASHES=0.05'] }, least)
})

test('in Firefox too', async (t) => {
  const least = { cut: 2, rotations: 1, losses: 3, histories: 2 }
  await survives(t, { browser: 'firefox', pages: ['api', 'api', 'react'], messages: 150, rounds: 25 }, least)
})
