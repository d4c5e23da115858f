/**
 * Options and URLs as a session keeps them: whatever is a function in them, at any depth, calls the
 * function that stands in its place by then.
 */
export function live<Value>(value: Value, now: () => unknown): Value {
  if (typeof value === 'function') {
    return ((...given: unknown[]) => (now() as (...given: unknown[]) => unknown)(...given)) as Value
  }
  if (!isPlain(value)) return value
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    live(inner, () => (now() as { [name: string]: unknown } | undefined)?.[name] ?? inner),
  ])
  return Object.fromEntries(entries) as Value
}

/**
 * A text that is the same for values that mean the same, in whatever order they are written. All
 * functions are the same: the latest is called in any case.
 */
export function textOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_, inner: unknown) => {
      if (isPlain(inner)) return Object.fromEntries(Object.entries(inner).sort())
      if (typeof inner === 'function') return 'a function'
      // JSON has no NaN, and throws for the other two.
      return ['number', 'bigint', 'symbol'].includes(typeof inner) ? `${typeof inner} ${String(inner)}` : inner
    })
  } catch {
    return 'what can not be read'
  }
}

function isPlain(value: unknown): value is object {
  return Object.getPrototypeOf(value ?? 0) === Object.prototype
}

const names = new WeakMap<object, number>()
let named = 0

/** Another number for every function or object, and the same one each time. */
export function nameOf(owner: object): number {
  const name = names.get(owner) ?? ++named
  names.set(owner, name)
  return name
}
