import { useSyncExternalStore } from 'react'
import { useGateSocket } from 'gatesocket/react'
import { Panel } from '../Panel.js'
import { useInsight } from '../Session.js'
import { Endpoint } from './Endpoint.js'
import { Identity } from './Identity.js'
import { JsonComposer } from './JsonComposer.js'
import { Log } from './Log.js'
import { Steps } from './Steps.js'

/** Its element's. */
export const HOOD = 'hood'

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
    <Panel
      id={HOOD}
      className="hood"
      label="Under the hood"
      title="Under the hood"
      closeLabel="Close what is under the hood"
      onClose={onClose}
    >
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
    </Panel>
  )
}
