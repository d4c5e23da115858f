import { useEffect, useState } from 'react'
import type { GateSocketError, Status } from 'gatesocket'

interface Props {
  connectionId: string | null
  status: Status
  retryAt: number | null
  error: GateSocketError | null
}

/** What stands in its place. */
const WITHOUT_ID: Record<Status, string> = {
  idle: 'none: no connection is wanted',
  connecting: 'on its way …',
  identifying: 'on its way …',
  ready: 'none: the session does not ask for one',
  waiting: 'none: the next attempt comes',
  offline: 'none: this machine is offline',
  closed: 'none: not connected',
}

/** Counts down to the next attempt. */
function NextAttempt({ at }: { at: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 100)
    return () => clearInterval(timer)
  }, [])
  return <>none: the next attempt comes in {(Math.max(0, at - now) / 1000).toFixed(1)} s</>
}

/** The connectionId, or why there is none. */
export function Identity({ connectionId, status, retryAt, error }: Props) {
  const [copied, setCopied] = useState(false)
  const copy = async (id: string) => {
    await navigator.clipboard.writeText(id)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  // Browsers have a clipboard for pages on https: and on localhost only.
  const canCopy = Boolean(navigator.clipboard)
  return (
    <section className="card identity" aria-live="polite">
      <h2>connectionId</h2>
      {connectionId !== null ? (
        <p className="id">
          <code data-testid="connection-id">{connectionId}</code>
          {canCopy && (
            <button type="button" onClick={() => void copy(connectionId)}>
              {copied ? 'Copied' : 'Copy'}
            </button>
          )}
        </p>
      ) : (
        <p className="id none" data-testid="no-id">
          {status === 'waiting' && retryAt !== null ? <NextAttempt at={retryAt} /> : WITHOUT_ID[status]}
        </p>
      )}
      {error && (
        <p className="error" data-testid="error">
          <strong>{error.code}</strong> {error.message}
        </p>
      )}
    </section>
  )
}
