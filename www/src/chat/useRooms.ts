import { useEffect, useSyncExternalStore } from 'react'
import { useStored } from '../useStored.js'

const FIRST = 'lobby'
/** What the backend takes as the name of a room. */
export const LONGEST_ROOM = 128

/** The rooms that one is in, and which is shown: the address says so, `#lobby`, so that a link leads there. */
export function useRooms() {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  const [kept, keep] = useStored<readonly string[]>('rooms', [])
  const room = decode(hash) || kept[0] || FIRST
  const rooms = kept.includes(room) ? kept : [...kept, room]

  useEffect(() => {
    if (rooms !== kept) keep(rooms)
  })
  const leave = (left: string) => {
    const others = rooms.filter((one) => one !== left)
    keep(others)
    if (left === room) location.hash = linkTo(others[0] ?? FIRST)
  }
  return { rooms, room, leave }
}

export function linkTo(room: string): string {
  return `#${encodeURIComponent(room)}`
}

function decode(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1)).trim().slice(0, LONGEST_ROOM)
  } catch {
    return ''
  }
}

function subscribe(changed: () => void) {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}
