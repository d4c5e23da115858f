// The model behind docs/chat-scale.md counts what the handlers do.
import assert from 'node:assert/strict'
import test from 'node:test'
import { measure } from '../../bench/chat/measure.mjs'
import { ASSUMED, LIMITS, counts, dollars, largestDirect, postsPerSecond, simulate } from '../../bench/chat/model.mjs'

for (const mode of ['direct', 'queue']) {
  for (const members of [10, 1_000]) {
    test(`a message to ${members} members, ${mode}: the handlers call what the model counts`, async () => {
      const { cpu, ...measured } = await measure({ members, mode, messages: 2 })
      const { queueRequests, ...modelled } = counts({ members, mode })
      assert.deepEqual(measured, modelled)
      assert.ok(cpu > 0)
      assert.equal(queueRequests > 0, mode === 'queue')
    })
  }
}

test('messages that are larger than a unit are read and written by their size', async () => {
  const { cpu: _, ...measured } = await measure({ members: 10, mode: 'direct', messages: 2, data: 9_000 })
  const { queueRequests: __, ...modelled } = counts({ members: 10, mode: 'direct', data: 9_000 })
  assert.deepEqual(measured, modelled)
})

test('the quota ends what more functions could do', () => {
  const cpu = 0.5
  // One function is bound by its processor.
  const alone = simulate({ members: 10_000, mode: 'direct', cpu }).last
  assert.ok(Math.abs(alone - (10_000 / postsPerSecond(cpu)) * 1_000) < 100)
  // Many are bound by the account: after the burst 10,000 a second.
  const many = simulate({ members: 100_000, mode: 'queue', shards: 100, concurrency: 100, cpu }).last
  assert.ok(Math.abs(many - ((100_000 - LIMITS.burst) / LIMITS.posts) * 1_000) < 200)
  assert.ok(largestDirect(cpu) < 100_000)
})

test('a small room is as slow as its calls', () => {
  const { last } = simulate({ members: 10, mode: 'direct', cpu: 0.5 })
  assert.ok(last >= 5 * ASSUMED.call + ASSUMED.post && last < 60)
})

test('dollars are the sum of their parts, and most of them are posts', () => {
  const { sum, gateway, ...parts } = dollars({ members: 1_000, mode: 'direct', cpu: 0.5 })
  assert.ok(Math.abs(sum - gateway - Object.values(parts).reduce((total, part) => total + part, 0)) < 1e-12)
  assert.equal(gateway, 1_002 / 1e6)
  assert.ok(gateway > sum / 2)
})
