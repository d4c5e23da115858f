import type { Match } from '../types/index.js'

/** Whether a message has these fields with these values; any message where none are given. */
export function matches(message: unknown, match: Match = {}): boolean {
  const fields = message as { [field: string]: unknown } | null | undefined
  return Object.keys(match).every((field) => fields?.[field] === match[field])
}
