import { isMine, type Message, nameOf } from './message.js'

/** What stands in the list of messages, each with a key. */
export type Row =
  | { kind: 'day'; key: string; at: number }
  | { kind: 'gap'; key: string; count: number }
  | { kind: 'new'; key: string }
  /** `starts`: its author is named, as somebody else or nobody spoke for a while. */
  | { kind: 'message'; key: string; message: Message; isOwn: boolean; starts: boolean }

const PAUSE = 5 * 60_000

/** Messages with lines between them for each day, for what is no longer kept, and, before the one with the id `mark`, for what is new. */
export function rowsOf(messages: readonly Message[], mark: string | null): Row[] {
  const rows: Row[] = []
  let before: Message | undefined
  for (const message of messages) {
    const { id: key, sequence, at } = message
    const lines = rows.length
    if (before && sequence > before.sequence + 1) rows.push({ kind: 'gap', key: `gap ${key}`, count: sequence - before.sequence - 1 })
    if (!before || dayOf(at) !== dayOf(before.at)) rows.push({ kind: 'day', key: `day ${key}`, at })
    if (key === mark) rows.push({ kind: 'new', key: 'new' })
    const starts = !before || rows.length > lines || authorOf(before) !== authorOf(message) || at - before.at > PAUSE
    rows.push({ kind: 'message', key, message, isOwn: isMine(message), starts })
    before = message
  }
  return rows
}

function authorOf(message: Message): string {
  return isMine(message) ? 'me' : `by ${nameOf(message.from)}`
}

function dayOf(at: number): string {
  return new Date(at).toDateString()
}
