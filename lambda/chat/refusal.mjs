/** A request that is not carried out. Its client is told `error: { code, message, ...facts }`. */
export class Refusal extends Error {
  constructor(code, message, facts = {}) {
    super(message)
    this.code = code
    this.facts = facts
  }
}

/** The answer's code where DynamoDB or SQS take no more for now, after the SDK's own attempts. */
const THROTTLED = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ThrottlingException',
  'TransactionConflictException',
])

/** What a client is told of any error. What it must not know is in the log, under `requestId`. */
export function toFrame(error, requestId) {
  if (error instanceof Refusal) return { error: { code: error.code, message: error.message, ...error.facts } }
  console.error(`${requestId} failed:`, error)
  if (THROTTLED.has(error.name)) return { error: { code: 'busy', message: 'Too much at once, try again', requestId } }
  return { error: { code: 'internal', message: 'The backend failed, its log says why', requestId } }
}
