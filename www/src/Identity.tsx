import { useState } from 'react'
import type { GateSocketError, Status } from 'gatesocket'

interface Props {
  connectionId: string | null
  status: Status
  error: GateSocketError | null
}

/** The connectionId, or why there is none. */
export function Identity({ connectionId, status, error }: Props) {
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
        <p className="id none">{status === 'closed' ? 'none: not connected' : 'on its way …'}</p>
      )}
      {error && (
        <p className="error" data-testid="error">
          <strong>{error.code}</strong> {error.message}
        </p>
      )}
    </section>
  )
}
