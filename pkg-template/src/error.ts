import type { ErrorCode, ErrorDetails } from '../types/index.js'
import { sentence } from './sentences.js'

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

export function badOptions(message: string): GateSocketError {
  return new GateSocketError('bad-options', message)
}

/** A URL that can't be had; `transient` if it may be had at another time. */
export class Refusal extends GateSocketError {
  readonly why: string
  readonly transient: boolean

  constructor(why: string, transient = false, status?: number) {
    super('url-rejected', sentence('url-rejected', { why }), status ? { status } : {})
    this.why = why
    this.transient = transient
  }
}
