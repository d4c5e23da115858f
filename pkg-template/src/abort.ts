import { GateSocketError } from './error.js'
import { sentence } from './sentences.js'

/** `work`, or a rejection with `aborted` as soon as the signal says so; then `giveUp` is called. */
export function abortable<Result>(
  signal: AbortSignal | undefined,
  work: Promise<Result>,
  giveUp: () => void,
): Promise<Result> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = () => {
      giveUp()
      reject(aborted())
    }
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

export function aborted(): GateSocketError {
  return new GateSocketError('aborted', sentence('aborted'))
}
