'use client'

import { useConnectionId, useStatus } from 'gatesocket/react'

export function Connection() {
  const status = useStatus()
  const connectionId = useConnectionId()
  return <p>{connectionId ?? status}</p>
}
