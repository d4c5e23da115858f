import { useCallback, useEffect, useRef, useState } from 'react'
import type { Status } from 'gatesocket'

/** Milliseconds from the start of the connection to the end of each step, once it has ended. */
export interface StepTimes {
  opened: number | null
  identified: number | null
}

const NONE: StepTimes = { opened: null, identified: null }

/** The times of the steps, and `mark`, which takes every status as it comes. */
export function useStepTimes(url: string | null) {
  const [times, setTimes] = useState(NONE)
  const start = useRef(0)
  // The session begins with the same effects.
  useEffect(() => {
    start.current = performance.now()
    setTimes(NONE)
  }, [url])
  const mark = useCallback((status: Status) => {
    if (status === 'connecting') {
      // Another attempt; of the first one nobody is told, which begins with the effect above.
      start.current = performance.now()
      setTimes(NONE)
    }
    const elapsed = performance.now() - start.current
    if (status === 'identifying') setTimes({ opened: elapsed, identified: null })
    if (status === 'ready') setTimes(({ opened }) => ({ opened, identified: elapsed }))
  }, [])
  return { times, mark }
}
