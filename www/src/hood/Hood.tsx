import { useSyncExternalStore } from 'react'
import { useGateSocket } from 'gatesocket/react'
import { useInsight } from '../Session.js'
import { Endpoint } from './Endpoint.js'
import { Identity } from './Identity.js'
import { JsonComposer } from './JsonComposer.js'
import { Log } from './Log.js'
import { Steps } from './Steps.js'

interface Props {
  url: string
  room: string
  onConnect: (url: string) => void
  onClose: () => void
}

/** What the chat does not show: the connection, its id, and every frame. */
export function Hood({ url, room, onConnect, onClose }: Props) {
  const { connectionId, status, error, send, socket } = useGateSocket()
  const { log, times, loseLink } = useInsight()
  const entries = useSyncExternalStore(log.subscribe, () => log.entries)

  return (
    <aside className="panel hood" aria-label="Under the hood">
      <header>
        <h2>Under the hood</h2>
        <button type="button" className="quiet" onClick={onClose} aria-label="Close what is under the hood">
          ✕
        </button>
      </header>
      <Identity connectionId={connectionId} error={error} />
      <Steps times={times} status={status} />
      <Endpoint
        url={url}
        isLive={status !== 'closed' && status !== 'idle'}
        onLose={loseLink}
        onDrop={() => socket?.close()}
        onConnect={onConnect}
      />
      <JsonComposer room={room} onSend={send} />
      <Log entries={entries} />
    </aside>
  )
}
