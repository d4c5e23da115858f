import { useEffect, useState, useSyncExternalStore } from 'react'
import { isMine, type Message } from './message.js'

/** How many messages came while nobody looked, and after which number they began. */
export function useUnread(messages: readonly Message[], joinedAt: number | undefined, isShown: boolean) {
  const isPageVisible = useSyncExternalStore(subscribe, () => document.visibilityState === 'visible')
  const isRead = isShown && isPageVisible
  /** The newest number that was seen. What was there before the room was joined counts as seen. */
  const [seen, setSeen] = useState<number | null>(null)
  const [mark, setMark] = useState<number | null>(null)

  const newest = messages.at(-1)?.sequence ?? 0
  const unread = seen === null ? 0 : messages.filter((one) => one.sequence > seen && !isMine(one)).length

  useEffect(() => {
    if (isRead) setMark(unread > 0 ? seen : null)
    // What comes from now on is read as it comes.
  }, [isRead])
  useEffect(() => {
    if (seen === null) {
      if (joinedAt !== undefined) setSeen(joinedAt)
    } else if (isRead && newest > seen) setSeen(newest)
  }, [seen, joinedAt, isRead, newest])

  return { unread, mark }
}

function subscribe(changed: () => void) {
  document.addEventListener('visibilitychange', changed)
  return () => document.removeEventListener('visibilitychange', changed)
}
