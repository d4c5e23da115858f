import { useEffect, useRef, useState } from 'react'
import type { Status } from 'gatesocket'

/** Milliseconds from the start of the connection to the end of each step, once it has ended. */
export interface StepTimes {
  opened: number | null
  identified: number | null
}

const NONE: StepTimes = { opened: null, identified: null }

export function useStepTimes(url: string | null, status: Status): StepTimes {
  const [times, setTimes] = useState(NONE)
  const start = useRef(0)
  useEffect(() => {
    start.current = performance.now()
    setTimes(NONE)
  }, [url])
  useEffect(() => {
    const elapsed = performance.now() - start.current
    if (status === 'identifying') setTimes({ opened: elapsed, identified: null })
    if (status === 'ready') setTimes(({ opened }) => ({ opened: opened ?? elapsed, identified: elapsed }))
  }, [status])
  return times
}
