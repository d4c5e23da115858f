import type { GateSocketError } from './error.js'
import type { Core } from '#core/gatesocket.js'

/** Stands in for the core of a session whose core has crashed: it has ended, and what it counted is lost. */
export function crashed(crash: GateSocketError, closed: number): Core {
  const fails = () => {
    throw crash
  }
  const nothing = () => {}
  return {
    status: () => closed,
    connectionId: nothing,
    protocol: nothing,
    retryIn: () => NaN,
    // Within a promise, which rejects.
    ready: fails,
    send: fails,
    request: fails,
    join: fails,
    stats: fails,
    trace: () => [],
    open: nothing,
    refuse: nothing,
    abort: nothing,
    leave: nothing,
    close: nothing,
    followTrace: nothing,
  } satisfies Omit<Core, 'free' | typeof Symbol.dispose> as unknown as Core
}
