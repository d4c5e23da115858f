// The account of a room sees each way in which a room can fail: without that, its silence in the other tests says nothing.
import assert from 'node:assert/strict'
import test from 'node:test'
import { account } from './account.mjs'

/** Two pages that sent two messages each, and showed them all. */
function room() {
  const stored = ['a0', 'b0', 'b1', 'a1'].map((id, index) => ({ sequence: index + 1, id, data: { id, page: id[0] } }))
  return { sent: { a: ['a0', 'a1'], b: ['b0', 'b1'] }, shown: { a: [...stored], b: structuredClone(stored) } }
}

test('a room in which every page showed every message once, in one order, breaks no rule', () => {
  assert.deepEqual(account(room()), [])
})

test('a room may begin with a later message than the first', () => {
  const { sent, shown } = room()
  const later = { a: sent.a.slice(1), b: sent.b }
  const from = (messages) => messages.slice(1)
  assert.deepEqual(account({ sent: later, shown: { a: from(shown.a), b: from(shown.b) }, first: 2 }), [])
})

test('a message whose sender knows that nobody knows may be missing, or come late, and not twice', () => {
  const { sent, shown } = room()
  const unknown = ['a0']
  const stored = (ids) => ids.map((id, index) => ({ sequence: index + 1, id, data: { id, page: id[0] } }))
  assert.deepEqual(account({ sent, unknown, shown: { a: stored(['b0', 'b1', 'a1', 'a0']) } }), [])
  assert.deepEqual(account({ sent, unknown, shown: { a: stored(['b0', 'b1', 'a1']) } }), [])
  assert.deepEqual(account({ sent, unknown, shown: { a: stored(['b0', 'a0', 'b1', 'a1', 'a0']) } }), ['a showed a0 2 times'])
  assert.equal(account({ sent, shown: { a: shown.a.slice(0, 3) } }).length, 1)
})

for (const [what, spoil, sentence] of [
  ['a message that is missing at the end', ({ shown }) => shown.b.pop(), /^b did not show a1$/],
  ['a message that is missing in between', ({ shown }) => shown.b.splice(1, 1), /^b did not show b0$/],
  ['a message that is shown twice', ({ shown }) => shown.a.push(shown.a[0]), /^a showed a0 2 times$/],
  ['another order', ({ shown }) => shown.a.reverse(), /^a showed sequence 4 where 1 comes$/],
  ['a sender’s own in another order', ({ sent }) => sent.a.reverse(), /^b showed a1 after what a sent later$|^b showed a0 after/],
  ['a message that nobody sent', ({ shown }) => (shown.a[3].id = 'c0'), /^a showed c0, which nobody sent$/],
  ['the text of another message', ({ shown }) => (shown.b[0].data = shown.b[1].data), /^b showed a0 with what is another/],
  ['numbers with a hole', ({ shown }) => shown.b[3].sequence++, /^b showed sequence 5 where 4 comes$/],
]) {
  test(`the account sees ${what}`, () => {
    const spoilt = room()
    spoil(spoilt)
    const broken = account(spoilt)
    assert.ok(broken.some((rule) => sentence.test(rule)), JSON.stringify(broken))
  })
}
