import { badOptions } from './error.js'
import { sentence } from './sentences.js'

/**
 * Refuses properties (or a name) that are not among the known ones, with the one that was meant: a misspelt option
 * does nothing, and a misspelt event never comes. What is undefined is as good as not there.
 *
 * @param within what stands before the names, as `rooms.`
 */
export function refuseUnknown(given: object | null | undefined, known: readonly string[], within = '', kind = 'option'): void {
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === undefined || known.includes(name)) continue
    // A beginning, as `param` of `parameter`, lacks many letters and is meant all the same.
    const far = (word: string) => (word.startsWith(name) ? 0 : distance(name, word))
    const nearest = [...known].sort((a, b) => far(a) - far(b))[0]!
    const meant = far(nearest) <= 3 ? sentence('option, meant', { name: within + nearest }) : ''
    throw badOptions(sentence('option, unknown', { what: kind, name: within + name, meant, known: known.join(', ') }))
  }
}

/** How many letters make one word of the other, whatever their case (Levenshtein); the core counts the same way. */
function distance(one: string, other: string): number {
  const wanted = [...other.toLowerCase()]
  let row = [0, ...wanted.map((_, column) => column + 1)]
  for (const letter of one.toLowerCase()) {
    const next = [row[0]! + 1]
    wanted.forEach((want, column) =>
      next.push(Math.min(row[column]! + (letter === want ? 0 : 1), row[column + 1]! + 1, next[column]! + 1)),
    )
    row = next
  }
  return row[wanted.length]!
}
