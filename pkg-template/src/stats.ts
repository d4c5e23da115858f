import type { Stats } from '../types/index.js'

/** The numbers that `stats` in `src/npm.rs` writes, by name. */
export function statsOf(numbers: number[]): Stats {
  let at = 0
  const next = () => numbers[at++]!
  const timeOrNull = () => {
    const time = next()
    return Number.isNaN(time) ? null : time
  }
  return {
    linksBegun: next(),
    linksOpened: next(),
    linksReady: next(),
    rotations: next(),
    rotationsFailed: next(),
    losses: {
      connect: next(),
      identify: next(),
      closed: next(),
      broken: next(),
      silent: next(),
      outlived: next(),
      hidden: next(),
      stored: next(),
    },
    messagesReceived: next(),
    charactersReceived: next(),
    messagesSent: next(),
    bytesSent: next(),
    heartbeats: next(),
    probes: next(),
    roundTrip: { last: timeOrNull(), shortest: timeOrNull(), longest: timeOrNull() },
    outbox: { messages: next(), bytes: next() },
    pendingRequests: next(),
  }
}
