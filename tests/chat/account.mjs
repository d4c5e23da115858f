// Accounts for every message of a room: what each page sent, and what each page showed.

/**
 * Which rules are broken, as sentences; none for a room that lost nothing, doubled nothing and kept its order.
 *
 * `sent`: by page, the ids of its messages in the order in which it sent them. `shown`: by page, the messages
 * `{sequence, id, data}` in the order in which it showed them, from `first` on (1). `unknown` are ids whose sender was told
 * that nobody knows what became of them: they may be missing or late, and yet not be shown twice.
 */
export function account({ sent, shown, first = 1, unknown = [] }) {
  const broken = []
  const sender = new Map()
  Object.entries(sent).forEach(([page, ids]) => ids.forEach((id, number) => sender.set(id, { page, number })))
  for (const [page, messages] of Object.entries(shown)) {
    const times = new Map()
    const latest = new Map()
    messages.forEach(({ sequence, id, data }, index) => {
      times.set(id, (times.get(id) ?? 0) + 1)
      if (sequence !== first + index) broken.push(`${page} showed sequence ${sequence} where ${first + index} comes`)
      const by = sender.get(id)
      if (!by) return broken.push(`${page} showed ${id}, which nobody sent`)
      if (data.id !== id || data.page !== by.page) broken.push(`${page} showed ${id} with what is another message's`)
      if (unknown.includes(id)) return
      if (by.number <= (latest.get(by.page) ?? -1)) broken.push(`${page} showed ${id} after what ${by.page} sent later`)
      latest.set(by.page, by.number)
    })
    for (const [id, count] of times) if (count > 1) broken.push(`${page} showed ${id} ${count} times`)
    for (const id of sender.keys()) if (!times.has(id) && !unknown.includes(id)) broken.push(`${page} did not show ${id}`)
  }
  return broken
}
