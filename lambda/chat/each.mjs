/** So many posts, or other work of one invocation, are on their way at a time. */
export const AT_ONCE = 64

/** Calls `work` for each item, at most `AT_ONCE` at a time, and waits for all. */
export async function each(items, work) {
  const rest = items.values()
  const worker = async () => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
}
