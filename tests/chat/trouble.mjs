// What happens to the connections and to the backend while pages talk: decided by a seed, done by the console's API.
import { randomFrom } from '../page/faults/random.mjs'

// Each kind, as often as it stands here, with what makes one of it. The first word is what is counted.
const KINDS = [
  ...Array(5).fill(() => ['cut', {}]),
  () => ['idle', {}],
  (random) => ['close', { code: random.of([1001, 1011, 1012]) }],
  (random) => ['close', { code: random.of([1001, 1011, 1012]) }],
  (random) => ['freeze', { ms: random.between(50, 800) }],
  (random) => ['freeze', { ms: random.between(50, 800) }],
  (random) => ['delay', { routeKey: '$default', delayMs: random.between(20, 700), count: random.between(1, 4) }],
  (random) => ['delay', { routeKey: '$default', delayMs: random.between(20, 700), count: random.between(1, 4) }],
  () => ['delay', { routeKey: '$connect', delayMs: 300 }],
  (random) => ['fail', { routeKey: '$default', fail: true, count: random.between(1, 2) }],
  () => ['fail', { routeKey: '$connect', fail: true }],
  () => ['fail', { routeKey: '$disconnect', fail: true }],
]

/**
 * So many rounds of it. Each sends `[page, count]…`, strikes with `kind` and `facts` (the connection that it hits is the
 * one at `place`, a share of those that are open), and waits `lull` milliseconds. All rounds together send `messages`.
 */
export function plan(seed, { rounds, messages, pages }) {
  const random = randomFrom(seed)
  const planned = Array.from({ length: rounds }, () => {
    const [kind, facts] = random.of(KINDS)(random)
    return { kind, facts, place: random.share(), lull: random.between(0, 120), sends: new Map() }
  })
  for (let message = 0; message < messages; message++) {
    const { sends } = random.of(planned)
    const page = random.of(pages)
    sends.set(page, (sends.get(page) ?? 0) + 1)
  }
  return planned
}

/** Strikes; resolves to whether there was something to strike. */
export async function strike(api, { kind, facts, place }) {
  if ('routeKey' in facts) {
    await api.post('/faults', facts)
    return true
  }
  const { connections } = await api.get('/connections')
  if (connections.length === 0) return false
  const { connectionId } = connections[Math.floor(place * connections.length)]
  try {
    await api.post(`/connections/${encodeURIComponent(connectionId)}/${kind}`, facts)
    return true
  } catch (error) {
    // It ended by itself in between.
    if (error.code === 'unknown-connection') return false
    throw error
  }
}
