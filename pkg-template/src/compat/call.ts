import { report } from '../events.js'

/** Calls a user's function, if there is one. What it throws is reported, and keeps nobody else from being called. */
export function call<Given extends unknown[], Result>(
  listener: ((...given: Given) => Result) | null | undefined,
  ...given: Given
): Result | undefined {
  try {
    return listener?.(...given)
  } catch (thrown) {
    report(thrown)
    return undefined
  }
}
