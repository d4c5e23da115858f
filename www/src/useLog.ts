import { useCallback, useState } from 'react'

export type Direction = 'in' | 'out' | 'note'

export interface LogEntry {
  id: number
  at: Date
  direction: Direction
  /** Who wrote it, or the code of what happened. */
  from: string
  body: unknown
}

/** How many entries are kept; the oldest go first. */
const MOST = 200

/** What went over the connection, newest first. */
export function useLog() {
  const [entries, setEntries] = useState<readonly LogEntry[]>([])
  const add = useCallback((direction: Direction, from: string, body: unknown) => {
    setEntries((before) => {
      const id = (before[0]?.id ?? 0) + 1
      return [{ id, at: new Date(), direction, from, body }, ...before].slice(0, MOST)
    })
  }, [])
  return { entries, add }
}
