import { useState } from 'react'
import { useGateSocket } from 'gatesocket/react'
import type { Message } from './message.js'

const PAGE = 50

interface Page {
  messages?: Message[]
  more?: boolean
  error?: { message: string }
}

/** Messages with those before them that were asked for, and what asks for more. */
export function useEarlier(room: string, messages: readonly Message[]) {
  const { request } = useGateSocket()
  const [earlier, setEarlier] = useState<readonly Message[]>([])
  const [isLoading, setLoading] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  /** Before this number the backend has none. */
  const [begin, setBegin] = useState(1)

  // A room that was open for long keeps its newest messages only: what no longer joins them is asked for again.
  const joins = earlier.at(-1)?.sequence === (messages[0]?.sequence ?? 0) - 1
  const all = joins ? [...earlier, ...messages] : messages
  const oldest = all[0]?.sequence
  const hasMore = oldest !== undefined && oldest > begin

  const load = async () => {
    if (isLoading || !hasMore) return
    setLoading(true)
    setProblem(null)
    try {
      const page = (await request({ action: 'HISTORY', room, before: oldest, limit: PAGE }, { retry: true })) as Page
      if (page.error) throw new Error(page.error.message)
      const found = page.messages ?? []
      setEarlier(joins ? [...found, ...earlier] : found)
      if (!page.more) setBegin(found[0]?.sequence ?? oldest)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    } finally {
      setLoading(false)
    }
  }
  return { all, hasMore, isLoading, problem, load }
}
