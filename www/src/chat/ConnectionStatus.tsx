import { useEffect, useState } from 'react'
import type { Status } from 'gatesocket'
import { useGateSocket } from 'gatesocket/react'

const TEXT: Record<Status, string> = {
  idle: 'not connected',
  connecting: 'connecting …',
  identifying: 'connecting …',
  ready: 'connected',
  waiting: 'reconnecting',
  offline: 'you are offline',
  closed: 'not connected',
}

/** How the connection is, in a dot and a word. `isBrief`: only on phones, and only if there is something to tell. */
export function ConnectionStatus({ isBrief = false }) {
  const { status, retryAt } = useGateSocket()
  return (
    <p className={`status ${status} ${isBrief ? 'brief' : ''}`} role="status" data-testid={isBrief ? undefined : 'status'}>
      <span>
        {TEXT[status]}
        {/* Not read aloud every second. */}
        {status === 'waiting' && retryAt !== null && <Countdown key={retryAt} to={retryAt} />}
      </span>
    </p>
  )
}

function Countdown({ to }: { to: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [])
  return <span aria-hidden="true"> in {Math.max(1, Math.ceil((to - now) / 1000))} s</span>
}
