import { createContext, type ReactNode, useContext, useRef, useState } from 'react'
import { GateSocketProvider } from 'gatesocket/react'
import { type StepTimes, useStepTimes } from './hood/useStepTimes.js'
import { recordWire, WireLog } from './hood/wireLog.js'

/** What "Under the hood" shows of the session. */
interface Insight {
  log: WireLog
  times: StepTimes
  /** Closes the WebSocket as if the network had: the session comes back by itself. */
  loseLink: () => void
}

const InsightContext = createContext<Insight | null>(null)

export function useInsight(): Insight {
  const insight = useContext(InsightContext)
  if (!insight) throw new Error('useInsight is for components below Session')
  return insight
}

interface Props {
  /** `null`: no connection is wanted. */
  url: string | null
  name: string
  children: ReactNode
}

/** The one session of the page, for all components below. A chat needs no more of this than the provider. */
export function Session({ url, name, children }: Props) {
  const address = url === null ? null : withName(url, name)
  const [log] = useState(() => new WireLog())
  const { times, mark } = useStepTimes(address)
  const link = useRef<WebSocket | null>(null)

  return (
    <GateSocketProvider
      url={address}
      options={{
        share: false,
        onStatus: mark,
        onLink: (socket) => {
          link.current = socket
          recordWire(socket, log)
        },
        onGatewayFrame: (frame) => log.add('note', 'API Gateway', frame.message),
        onError: (error) => log.add('note', error.code, error.message),
      }}
    >
      <InsightContext value={{ log, times, loseLink: () => link.current?.close() }}>{children}</InsightContext>
    </GateSocketProvider>
  )
}

/** The backend takes the name from the query when the connection opens. */
function withName(url: string, name: string): string {
  if (!URL.canParse(url)) return url
  const address = new URL(url)
  address.searchParams.set('name', name)
  return address.href
}
