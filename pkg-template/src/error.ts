import type { ErrorCode, ErrorDetails } from '../types/index.js'
import { sentence } from './sentences.js'

export class GateSocketError extends Error {
  override readonly name = 'GateSocketError'
  declare readonly code: ErrorCode
  declare readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    Object.assign(this, { code, details })
  }
}

export function badOptions(message: string): GateSocketError {
  return new GateSocketError('bad-options', message)
}

/** A URL that can't be had; `transient` if it may be had at another time. */
export class Refusal extends GateSocketError {
  declare readonly why: string
  declare readonly transient: boolean

  constructor(why: string, transient = false, status?: number) {
    super('url-rejected', sentence('url-rejected', { why }), status ? { status } : {})
    Object.assign(this, { why, transient })
  }
}
