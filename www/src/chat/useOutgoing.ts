import { useEffect, useState } from 'react'
import { GateSocketError } from 'gatesocket'
import type { UseRoom } from 'gatesocket/react'
import { type Message, newId } from './message.js'

/** A message of one's own that the room has not shown yet. */
export interface Outgoing {
  id: string
  data: string
  at: number
  /** Why it could not be sent; null while it is on its way. */
  problem: string | null
}

/** One's own messages on their way, with what sends another, tries again, and gives up. */
export function useOutgoing(send: UseRoom['send'], messages: readonly Message[]) {
  const [all, setAll] = useState<readonly Outgoing[]>([])
  const arrived = new Set(messages.map(({ id }) => id))
  const outgoing = all.filter(({ id }) => !arrived.has(id))
  useEffect(() => {
    // Of the list as it is by then, which may have a message more than the one that was rendered.
    if (outgoing.length < all.length) setAll((now) => now.filter(({ id }) => !arrived.has(id)))
  })

  const change = (id: string, problem: string | null) =>
    setAll((before) => before.map((one) => (one.id === id ? { ...one, problem } : one)))
  const deliver = async ({ id, data }: Outgoing) => {
    change(id, null)
    try {
      // The session repeats it when a connection is lost; by its id the backend stores it once.
      await send(data, { id })
    } catch (error) {
      change(id, reasonOf(error))
    }
  }
  return {
    outgoing,
    add: (data: string) => {
      const message = { id: newId(), data, at: Date.now(), problem: null }
      setAll((before) => [...before, message])
      void deliver(message)
    },
    retry: deliver,
    discard: ({ id }: Outgoing) => setAll((before) => before.filter((one) => one.id !== id)),
  }
}

function reasonOf(error: unknown): string {
  const { answer } = error instanceof GateSocketError ? error.details : {}
  const { error: refusal } = (answer ?? {}) as { error?: { message?: string } }
  return refusal?.message ?? (error instanceof Error ? error.message : String(error))
}
