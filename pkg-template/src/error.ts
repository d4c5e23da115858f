import type { ErrorCode, ErrorDetails } from '../types/index.js'

export class GateSocketError extends Error {
  override readonly name = 'GateSocketError'
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** The core's errors are plain `Error`s with a code and details; users get the class. */
export function toGateSocketError(thrown: unknown): unknown {
  if (thrown instanceof Error && thrown.name === 'GateSocketError') {
    const { code, message, details } = thrown as GateSocketError
    return new GateSocketError(code, message, details)
  }
  return thrown
}
