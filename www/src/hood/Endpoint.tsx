import { useState } from 'react'
import { HoodForm } from './HoodForm.js'

interface Props {
  url: string
  isLive: boolean
  /** Breaks the connection, which the session does not want: it comes back. */
  onLose: () => void
  /** Ends the session. */
  onDrop: () => void
  onConnect: (url: string) => void
}

/** Where the page is connected to, with what breaks, ends and renews the connection. */
export function Endpoint({ url, isLive, onLose, onDrop, onConnect }: Props) {
  const [draft, setDraft] = useState(url)
  const gatewayConsole = consoleOf(url)
  return (
    <HoodForm className="endpoint" field="url" label="WebSocket URL" onSubmit={() => onConnect(draft.trim())}>
      <input
        id="url"
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        readOnly={isLive}
        spellCheck={false}
        autoComplete="off"
      />
      <p className="row">
        {isLive ? (
          // Keys, because a button that turned into another one while it is clicked would submit.
          <>
            <button key="lose" type="button" onClick={onLose}>
              Lose connection
            </button>
            <button key="drop" type="button" className="danger" onClick={onDrop}>
              Disconnect
            </button>
          </>
        ) : (
          <button key="connect" type="submit" className="primary">
            Connect
          </button>
        )}
        {gatewayConsole && (
          <a href={gatewayConsole} target="_blank" rel="noopener">
            Console
          </a>
        )}
      </p>
    </HoodForm>
  )
}

/** The local gateway has a page of its own, where connections can be cut and frozen. */
function consoleOf(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { hostname, host, protocol } = new URL(url)
  if (hostname !== 'localhost' && hostname !== '127.0.0.1') return null
  return `${protocol === 'wss:' ? 'https' : 'http'}://${host}/_gateway`
}
