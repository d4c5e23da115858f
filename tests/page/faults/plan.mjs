// Which faults strike, in which order: decided by a seed.
import { randomFrom } from './random.mjs'

const ENDINGS = ['reset', 'fin', 'black-hole', 'half-open']

// Each kind, as often as it stands here, with what makes one of it. `loses` tells whether it ends the connection.
const KINDS = [
  () => ({ fault: 'end', how: 'reset', loses: true }),
  () => ({ fault: 'end', how: 'reset', loses: true }),
  () => ({ fault: 'end', how: 'fin', loses: true }),
  () => ({ fault: 'end', how: 'black-hole', loses: true }),
  () => ({ fault: 'end', how: 'half-open', loses: true }),
  (random) => ({ fault: 'cut', direction: 'up', how: random.of(['reset', 'fin']), loses: true }),
  (random) => ({ fault: 'cut', direction: 'up', how: random.of(['reset', 'fin']), loses: true }),
  (random) => ({ fault: 'cut', direction: 'down', how: random.of(['reset', 'fin']), loses: true }),
  // The handshake's answer has about 130 bytes, the answer to the first question about 40 more.
  (random) => ({ fault: 'next', after: random.between(0, 200), how: random.of(ENDINGS), loses: true }),
  (random) => ({ fault: 'stall', ms: random.between(20, 150) }),
  // More is sent than the network takes, and the connection ends with some of it in the browser.
  (random) => ({ fault: 'stall', ms: random.between(60, 140), then: random.of(['reset', 'fin']), loses: true }),
  (random) => ({ fault: 'delay', ms: random.between(1, 40), jitter: random.between(0, 40), lasts: random.between(20, 150) }),
  (random) => ({ fault: 'refuse', ms: random.between(10, 120), loses: true }),
  (random) => ({ fault: 'slow-accept', ms: random.between(10, 200), loses: true }),
]

/** So many faults, each with the time to wait before it, in milliseconds. */
export function plan(seed, count) {
  const random = randomFrom(seed)
  return Array.from({ length: count }, () => ({ ...random.of(KINDS)(random), lull: random.between(0, 20) }))
}

/** The name of a fault's kind, for counting. */
export function kindOf({ fault, how, direction, then }) {
  if (fault === 'end') return how
  if (then) return `${fault}, then ${then}`
  if (fault === 'next') return `${how} while connecting`
  return direction ? `cut within a frame, ${direction}` : fault
}
