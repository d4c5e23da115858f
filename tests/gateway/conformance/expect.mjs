// What a row expects, and how it says in a few words what it saw instead.

/** A row that has no meaning for an emulator, with the reason. */
export class NotApplicable extends Error {}

/** A feature that an emulator lacks: a row fails by it, unless the row holds `trivially` without the feature. */
export class MissingFeature extends Error {}

/** How long anything that should happen may take: far longer than it does on an idle machine. */
export const patience = { ms: 15_000 }

/** A value as a reader of the table sees it. */
export function shown(value) {
  const text = typeof value === 'string' && !value.includes('\n') ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 90 ? `${text.slice(0, 87)}…` : text
}

/** Fails unless both are the same as JSON. */
export function equal(actual, expected, what) {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return
  throw new Error(`${what}: ${shown(actual)} instead of ${shown(expected)}`)
}

/** Fails unless the text matches. */
export function matches(actual, pattern, what) {
  if (!pattern.test(String(actual))) throw new Error(`${what}: ${shown(actual)}`)
}

/** Fails with the sentence unless the value is true. */
export function truth(value, otherwise) {
  if (!value) throw new Error(otherwise)
}

/** The promise's value, or a failure that names what did not come. */
export async function within(promise, missing, ms = patience.ms) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(missing)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
