// A storm that a test asks of a room.
import assert from 'node:assert/strict'
import { storm } from './storm.mjs'

/** Decides what happens when, as far as a network and three browsers let it be decided. */
const SEED = Number(process.env.CHAT_SEED ?? 1)

/**
 * Runs a storm in a test, and sees that enough has happened to say something: `least` has how often, by what. `mayRefuse`
 * messages may be given up; the rest is what `storm` takes.
 */
export async function survives(t, { mayRefuse = 0, ...given }, least) {
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
