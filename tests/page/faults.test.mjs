// Pages in real browsers behind a network that breaks in every way, and the account of every message that they sent.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { audit } from './faults/audit.mjs'
import { runFaults } from './faults/run.mjs'

// They wait for most of their time: together.
describe('runs', { concurrency: true }, () => {
  for (const [browser, faults] of [['chromium', 200], ['firefox', 25], ['webkit', 100]]) {
    test(`${faults} faults in ${browser}: every message is accounted for, and the session ends connected`, async () => {
      const missing = new Set(['delivery-unknown', 'connection-lost', 'rotations', 'repeated', 'resolvedAndLost'])
      // A run in which nothing of a kind happened shows nothing about it: then there is another one.
      for (let seed = 7; missing.size > 0; seed++) {
        assert.ok(seed < 15, `never happened: ${[...missing]}`)
        const result = await runFaults({ faults, seed, browser })
        assert.deepEqual(result.broken, [], JSON.stringify(result))
        const seen = { ...result.fates, ...result }
        for (const what of missing) if (seen[what] > 0) missing.delete(what)
      }
    })
  }
})

/** Two connections, the first of which broke, and five messages with every kind of fate. */
const account = () => ({
  sent: [
    { number: 0, isRequest: false, retry: false, fate: 'resolved', settledAt: 1 },
    { number: 1, isRequest: true, retry: false, fate: 'resolved', settledAt: 3 },
    { number: 2, isRequest: false, retry: true, fate: 'resolved', settledAt: 9 },
    { number: 3, isRequest: false, retry: false, fate: 'resolved', settledAt: 5 },
    { number: 4, isRequest: false, retry: false, fate: 'delivery-unknown', settledAt: 6 },
    { number: 5, isRequest: false, retry: false, fate: 'outbox-full', settledAt: 7 },
    { number: 6, isRequest: false, retry: false, fate: 'resolved', settledAt: 8 },
  ],
  unexpected: [],
  wire: [
    { link: 1, numbers: [0, 1, 2, 3, 4], leftAt: 6, close: { code: 1006, wasClean: false }, isClosedHere: true },
    { link: 2, numbers: [2, 6], leftAt: null, close: null, isClosedHere: false },
  ],
  arrived: { 1: [0, 1, 2], 2: [2, 6] },
  handled: [1, 0, 2, 2, 6],
})

test('the audit lets pass what may happen, and counts it', () => {
  const { broken, counts } = audit(account())
  assert.deepEqual(broken, [])
  assert.deepEqual(counts, {
    messages: 7,
    fates: { resolved: 5, 'delivery-unknown': 1, 'outbox-full': 1 },
    repeated: 1,
    lateAnswers: 0,
    unknownArrived: 0,
    unknownLost: 1,
    lost: [{ number: 3, link: 1, before: 1 }],
  })
})

for (const [what, spoil, sentence] of [
  ['a message that nobody sent', ({ arrived }) => arrived[2].push(99), /99 arrived and was never sent/],
  ['a gap', ({ arrived }) => arrived[1].splice(1, 1), /connection 1 .* not its beginning/],
  ['another order on a connection', ({ arrived }) => arrived[1].reverse(), /connection 1 .* not its beginning/],
  ['another order across connections', ({ wire }) => wire[1].numbers.splice(0, 0, 6), /not its beginning/],
  ['a newer message that goes out first', ({ wire }) => wire.reverse(), /another order/],
  ['a message that comes twice', ({ sent }) => (sent[2].retry = false), /message 2 was sent 2 times without retry/],
  ['a message that never settles', ({ sent }) => (sent[4].fate = null), /message 4 was never settled/],
  ['a loss on a connection that closed well', ({ wire }) => (wire[0].close.wasClean = true), /closed well and lost 3,4/],
  ['a loss on a connection that lives', ({ arrived, handled }) => (arrived[2].pop(), handled.pop()), /nothing happened to/],
  ['a message that was refused and sent', ({ sent }) => (sent[6].fate = 'outbox-full'), /refused with outbox-full/],
  ['a message that no connection took', ({ sent }) => (sent[5].fate = 'resolved'), /no connection took it/],
  ['an answer out of nothing', ({ sent }) => (sent[3].isRequest = true), /request 3 was answered and never arrived/],
  ['an unknown fate', ({ sent }) => (sent[0].fate = 'TypeError'), /message 0 came to TypeError/],
  ['a backend that got less than its gateway', ({ handled }) => handled.pop(), /the backend got it 0 times/],
  ['an answer to nobody', ({ unexpected }) => unexpected.push({ double: 2 }), /nobody sent/],
]) {
  test(`the audit sees ${what}`, () => {
    const spoilt = account()
    spoil(spoilt)
    const { broken } = audit(spoilt)
    assert.ok(broken.some((rule) => sentence.test(rule)), JSON.stringify(broken))
  })
}
