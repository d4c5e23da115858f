import type { InvalidMessage, StandardResult, StandardSchema } from '../types/index.js'
import { badOptions, GateSocketError } from './error.js'

type Result = StandardResult<unknown>

/** Passes messages through a schema, in the order in which they came, also where it is asynchronous. */
export class Validation {
  #schema: StandardSchema
  #accept: (message: unknown, raw: unknown) => void
  #refuse: (invalid: InvalidMessage) => void
  /** The last message that waits for its result, or for those before it. */
  #last: Promise<void> | null = null

  constructor(
    schema: StandardSchema,
    accept: (message: unknown, raw: unknown) => void,
    refuse: (invalid: InvalidMessage) => void,
  ) {
    if (typeof schema?.['~standard']?.validate !== 'function') {
      throw badOptions('schema must be a Standard Schema, as those of zod, valibot and arktype.')
    }
    this.#schema = schema
    this.#accept = accept
    this.#refuse = refuse
  }

  take(message: unknown): void {
    const result = this.#check(message)
    if (!this.#last && !(result instanceof Promise)) return this.#tell(message, result)
    const turn = Promise.all([result, this.#last]).then(([result]) => {
      if (this.#last === turn) this.#last = null
      this.#tell(message, result)
    })
    this.#last = turn
  }

  /** An answer as the schema makes it; rejects with `invalid-message` if it does not pass. */
  async answer(answer: unknown): Promise<unknown> {
    const result = await this.#check(answer)
    if (!result.issues) return result.value
    const { issues } = result
    throw new GateSocketError('invalid-message', `The answer does not fit the schema: ${issues[0]?.message}`, { issues })
  }

  /** A message that came inside of an answer; nothing if it does not pass, which is told. */
  async inner(message: unknown): Promise<[unknown] | undefined> {
    const result = await this.#check(message)
    if (!result.issues) return [result.value]
    this.#refuse({ message, issues: result.issues })
    return undefined
  }

  #tell(message: unknown, result: Result): void {
    if (result.issues) this.#refuse({ message, issues: result.issues })
    else this.#accept(result.value, message)
  }

  #check(message: unknown): Result | Promise<Result> {
    try {
      const result = this.#schema['~standard'].validate(message)
      return result instanceof Promise ? result.catch(thrown) : result
    } catch (error) {
      return thrown(error)
    }
  }
}

function thrown(error: unknown): Result {
  return { issues: [{ message: `The schema threw: ${error}` }] }
}
