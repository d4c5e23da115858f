// What the core calls: `src/browser/facade.rs` names these functions and says when. None of them throws.
import type { CloseDetails, ErrorCode, ErrorDetails } from '../types/index.js'
import { GateSocketError } from './error.js'
import { report } from './events.js'
import { sentence } from './sentences.js'

/** The functions of a session in the order of `Index` in `src/browser/facade.rs`, or the two of a promise. */
type Functions = readonly ((...given: never[]) => unknown)[]

export function tell(list: Functions, index: number, ...given: unknown[]): unknown {
  try {
    return list[index]!(...(given as never[]))
  } catch (thrown) {
    report(thrown)
  }
}

export { tell as ask, tell as ends }
export { traced } from './traces.js'

export function identified(list: Functions, index: number, connectionId: string, previous: string | undefined, answer: unknown): void {
  tell(list, index, { connectionId, previous: previous ?? null, answer })
}

export function closed(code: number, reason: string, wasClean: boolean): CloseDetails {
  return { code, reason, wasClean }
}

/** The error of a failure, whose facts are what `error` in `src/browser/facade.rs` says. */
export function failed(code: ErrorCode, one: number, two: number, three: number, text: string, action: string): GateSocketError {
  const close = { code: one, reason: text, wasClean: two > 0 }
  const details: ErrorDetails =
    (
      {
        'url-rejected': one ? { status: one } : {},
        'connect-timeout': { timeout: one },
        'connect-failed': { close },
        'connection-lost': { close },
        'identify-failed': { action, sends: one, timeout: two, last: three ? text : null },
        'delivery-unknown': one ? { code: one } : {},
        expired: { timeToLive: one },
        'gateway-error': { message: text },
        'frame-too-large': { bytes: one, limit: two },
        'outbox-full': { bytes: one, messages: two },
      } satisfies { [Code in ErrorCode]?: ErrorDetails } as { [code: string]: ErrorDetails }
    )[code] ?? {}
  const kind = !three ? 'nothing' : three > 1 ? 'message' : text === 'Forbidden' ? 'forbidden' : 'frame'
  const facts = {
    ...details,
    code: one,
    why: code === 'identify-failed' ? sentence(`identify-failed, ${kind}`, details) : text,
    reason: text && sentence('reason', { reason: text }),
    meaning: sentence(one),
    close: one ? sentence('close', { code: one }) : '',
  }
  return new GateSocketError(code, code === 'bad-options' ? text : sentence(code, facts), details)
}
