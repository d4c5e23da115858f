import type { Options } from '../../types/compat/react-use-websocket.js'
import { call } from './call.js'

const ATTEMPTS = 20
const INTERVAL = 5000
/** More than that fires at once. */
const LONGEST = 2 ** 31 - 1

/** How many attempts may follow a failure. */
export function attemptsOf(options: Options): number {
  return options.reconnectAttempts ?? ATTEMPTS
}

/** Milliseconds until the next attempt after so many that failed; null where there is to be none. */
export function attemptAfter(options: Options, failures: number): number | null {
  if (failures >= attemptsOf(options)) return null
  const { reconnectInterval: interval } = options
  const wait = typeof interval === 'function' ? call(interval, failures) : interval
  return Math.min(Math.max(wait ?? INTERVAL, 0), LONGEST) || 0
}

export function stopped(attempts: number): void {
  console.warn(`gatesocket: ${attempts} attempts to connect again came to nothing, and there is no other.`)
}
