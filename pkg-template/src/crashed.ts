import { Read } from './calls.js'
import type { GateSocketError } from './error.js'
import type { Core } from '#core/gatesocket.js'

/** Stands in for the core of a session whose core has crashed: it has ended, and what it counted is lost. */
export function crashed(crash: GateSocketError, closed: number): Core {
  const fails = () => {
    throw crash
  }
  const values: { [what: number]: unknown } = { [Read.Status]: closed, [Read.RetryIn]: NaN, [Read.Trace]: [] }
  return {
    // Within a promise, which rejects.
    ask: fails,
    tell: () => {},
    read: (what: number) => (what === Read.Stats ? fails() : values[what]),
  } satisfies Omit<Core, 'free' | typeof Symbol.dispose> as unknown as Core
}
