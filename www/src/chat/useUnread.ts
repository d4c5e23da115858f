import { useEffect, useState, useSyncExternalStore } from 'react'
import { isMine, type Message } from './message.js'

/** Up to where a room is read: a message, or a number if none of its messages was seen. */
interface Read {
  id: string | null
  sequence: number
}

/** How many messages came while nobody looked, and the first of those that there were before somebody looked again. */
export function useUnread(messages: readonly Message[], joinedAt: number | undefined, isShown: boolean) {
  const isPageVisible = useSyncExternalStore(subscribe, () => document.visibilityState === 'visible')
  const isRead = isShown && isPageVisible
  /** What was there before the room was joined counts as seen. */
  const [seen, setSeen] = useState<Read | null>(null)
  const [mark, setMark] = useState<string | null>(null)

  const newest = messages.at(-1)
  const unread = seen === null ? [] : messages.slice(indexBehind(messages, seen)).filter((one) => !isMine(one))

  useEffect(() => {
    if (isRead) setMark(unread[0]?.id ?? null)
    // What comes from now on is read as it comes.
  }, [isRead])
  useEffect(() => {
    if (seen === null) {
      if (joinedAt !== undefined) setSeen({ id: null, sequence: joinedAt })
    } else if (isRead && newest && indexBehind(messages, seen) < messages.length) setSeen(newest)
  }, [seen, joinedAt, isRead, newest])

  return { unread: unread.length, mark }
}

/** Where the messages begin that are not read. A backend that has lost its database counts from 1 again, so numbers alone do not tell. */
function indexBehind(messages: readonly Message[], { id, sequence }: Read): number {
  const at = id === null ? -1 : messages.map((one) => one.id).lastIndexOf(id)
  if (at >= 0) return at + 1
  const begin = messages.findIndex((one, index) => one.sequence > sequence || one.sequence <= (messages[index - 1]?.sequence ?? 0))
  return begin < 0 ? messages.length : begin
}

function subscribe(changed: () => void) {
  document.addEventListener('visibilitychange', changed)
  return () => document.removeEventListener('visibilitychange', changed)
}
