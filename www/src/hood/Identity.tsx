import { useState } from 'react'
import type { GateSocketError } from 'gatesocket'

interface Props {
  connectionId: string | null
  error: GateSocketError | null
}

/** The connectionId, or why there is none. */
export function Identity({ connectionId, error }: Props) {
  const [isCopied, setCopied] = useState(false)
  const copy = async (id: string) => {
    await navigator.clipboard.writeText(id)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <section className="identity">
      <h3>connectionId</h3>
      {connectionId !== null ? (
        <p className="id">
          <code data-testid="connection-id">{connectionId}</code>
          {/* Browsers have a clipboard for pages on https: and on localhost only. */}
          {navigator.clipboard && (
            <button type="button" onClick={() => void copy(connectionId)}>
              {isCopied ? 'Copied' : 'Copy'}
            </button>
          )}
        </p>
      ) : (
        <p className="id hint">none: there is no connection</p>
      )}
      {error && (
        <p className="problem" data-testid="error">
          <strong>{error.code}</strong> {error.message}
        </p>
      )}
    </section>
  )
}
