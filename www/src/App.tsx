import { useCallback, useState } from 'react'
import { useGateSocket } from 'gatesocket/react'
import { Composer } from './Composer.js'
import { Endpoint } from './Endpoint.js'
import { Identity } from './Identity.js'
import { Log } from './Log.js'
import { Steps } from './Steps.js'
import { useLog } from './useLog.js'
import { useStepTimes } from './useStepTimes.js'

/** The local gateway's usual address, where AWS has wss://<domain>/production/. */
const LOCAL = 'ws://localhost:3001/production/'

export function App() {
  const [url, setUrl] = useState(() => new URLSearchParams(location.search).get('url') ?? LOCAL)
  const [wanted, setWanted] = useState(true)
  const { entries, add } = useLog()
  const { times, mark } = useStepTimes(wanted ? url : null)

  const { connectionId, status, retryAt, error, send, socket } = useGateSocket(wanted ? url : null, {
    onStatus: (now) => {
      mark(now)
      if (now === 'identifying') add('out', 'gatesocket', { action: 'GET_CONNECTION_ID' })
    },
    onConnectionId: (_, event) => add('in', 'backend', event.answer),
    onMessage: (message) => add('in', 'backend', message),
    onGatewayFrame: (frame) => add('in', 'API Gateway', frame),
    onError: (failure) => add('note', failure.code, failure.message),
    onClose: ({ code, reason }) => add('note', `closed ${code}`, reason || 'no reason given'),
  })

  const sendJson = useCallback(
    async (message: unknown) => {
      await send(message)
      add('out', 'you', message)
    },
    [send, add],
  )
  const reconnect = (to: string) => {
    // One render without a URL lets go of the old session; the next asks for a new one.
    setWanted(false)
    setTimeout(() => {
      setUrl(to)
      setWanted(true)
    })
  }

  return (
    <div className="page">
      <header className="top">
        <img src="/icon.svg" alt="" width="36" height="36" />
        <div>
          <h1>gatesocket</h1>
          <p>An API Gateway connectionId, in one line of React</p>
        </div>
        <span className={`pill ${status}`} data-testid="status">
          {status}
        </span>
      </header>

      <main className="columns">
        <div className="column">
          <Endpoint
            url={url}
            live={status !== 'closed' && status !== 'idle'}
            onDrop={() => socket?.close()}
            onConnect={reconnect}
          />
          <Identity connectionId={connectionId} status={status} retryAt={retryAt} error={error} />
          <Steps times={times} status={status} />
          <figure className="card code">
            <figcaption>All that this page does to connect</figcaption>
            <pre>
              <code>
                {"import { useGateSocket } from 'gatesocket/react'\n\n"}
                {'const { connectionId, status, send } =\n  useGateSocket(url)'}
              </code>
            </pre>
          </figure>
        </div>
        <div className="column">
          <Composer onSend={sendJson} />
          <Log entries={entries} />
        </div>
      </main>
    </div>
  )
}
