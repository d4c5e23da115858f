import type { Options } from '../../types/compat/react-use-websocket.js'
import { call } from './call.js'

const ATTEMPTS = 20
const INTERVAL = 5000
/** More than that fires at once. */
const LONGEST = 2 ** 31 - 1

/** How many attempts may follow a failure. */
function attemptsOf(options: Options): number {
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

/** Which of the components that share a connection wants another attempt the soonest, and when; null if none does. */
export function nextAttempt<Member extends { options(): Options }>(
  members: Member[],
  event: CloseEvent,
  failures: number,
  hasFailed: boolean,
): { leader: Member; wait: number } | null {
  let next: { leader: Member; wait: number } | null = null
  for (const leader of members) {
    const options = leader.options()
    const isWanted = call(options.shouldReconnect, event) || (options.retryOnError && hasFailed)
    if (!isWanted) continue
    const wait = attemptAfter(options, failures)
    if (wait === null) {
      call(options.onReconnectStop, attemptsOf(options))
      stopped(attemptsOf(options))
    } else if (!next || wait < next.wait) {
      next = { leader, wait }
    }
  }
  return next
}
