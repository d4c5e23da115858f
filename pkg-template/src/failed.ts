import type { ErrorCode, ErrorDetails } from '../types/index.js'
import { GateSocketError } from './error.js'
import { sentence } from './sentences.js'

/** The error of a failure, whose facts are what `failed` in `src/npm.rs` says. */
export function failed(action: string, code: ErrorCode, one: number, two: number, three: number, text: string): GateSocketError {
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
