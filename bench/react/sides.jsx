// In the page: everyone who is measured. Each is a component with a list of subscribers below it; a subscriber renders
// the latest message and has an effect that is to see every message.
import { GateSocketProvider, useMessages } from 'gatesocket/react'
import { memo, useEffect, useRef, useState } from 'react'
import * as reactUseWebSocket from 'react-use-websocket'

// CommonJS, whose default export is a property of the module.
const { default: useWebSocket } = reactUseWebSocket.default

const EACH = (count) => Array.from({ length: count }, (_, index) => index)

/** `useMessages` below a provider. */
function Gatesocket({ url, subscribers, tally }) {
  return (
    <GateSocketProvider url={url} options={{ profile: 'generic' }}>
      {EACH(subscribers).map((index) => <GatesocketSubscriber key={index} index={index} tally={tally} />)}
    </GateSocketProvider>
  )
}

function GatesocketSubscriber({ index, tally }) {
  tally.rendered(index)
  const messages = useMessages()
  const known = useRef(-1)
  useEffect(() => {
    // Those that came since this effect ran last are at the end.
    const first = messages.findIndex(({ number }) => number > known.current)
    if (first < 0) return
    for (const message of messages.slice(first)) tally.saw(index, message)
    known.current = messages.at(-1).number
  }, [messages, index, tally])
  return <li>{messages.at(-1)?.number}</li>
}

/** The hook in every subscriber, one connection for all. */
function ReactUseWebSocket({ url, subscribers, tally }) {
  return EACH(subscribers).map((index) => <ReactUseWebSocketSubscriber key={index} url={url} index={index} tally={tally} />)
}

const SHARED = { share: true }

function ReactUseWebSocketSubscriber({ url, index, tally }) {
  tally.rendered(index)
  const { lastJsonMessage } = useWebSocket(url, SHARED)
  useEffect(() => {
    if (lastJsonMessage) tally.saw(index, lastJsonMessage)
  }, [lastJsonMessage, index, tally])
  return <li>{lastJsonMessage?.number}</li>
}

/** What people write: one socket in an effect, its latest message in a state, given to those below. */
function ByHand({ url, subscribers, tally }) {
  const [message, setMessage] = useState(null)
  useEffect(() => {
    const socket = new WebSocket(url)
    socket.onmessage = (event) => setMessage(JSON.parse(event.data))
    return () => socket.close()
  }, [url])
  return EACH(subscribers).map((index) => <ByHandSubscriber key={index} message={message} index={index} tally={tally} />)
}

function ByHandSubscriber({ message, index, tally }) {
  tally.rendered(index)
  useEffect(() => {
    if (message) tally.saw(index, message)
  }, [message, index, tally])
  return <li>{message?.number}</li>
}

/** What no one can go below: every message parsed and handed to as many functions, without a render. */
function ParsingAlone({ url, subscribers, tally }) {
  useEffect(() => {
    const socket = new WebSocket(url)
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data)
      for (let index = 0; index < subscribers; index++) tally.saw(index, message)
    }
    return () => socket.close()
  }, [url, subscribers, tally])
  return null
}

export const subscribing = {
  gatesocket: Gatesocket,
  'react-use-websocket': ReactUseWebSocket,
  'by hand': ByHand,
  'parsing alone': ParsingAlone,
}

/** A table, each of whose rows shows the messages with its own `row`. */
function GatesocketTable({ url, subscribers, tally }) {
  return (
    <GateSocketProvider url={url} options={{ profile: 'generic' }}>
      {EACH(subscribers).map((index) => <GatesocketRow key={index} index={index} tally={tally} />)}
    </GateSocketProvider>
  )
}

function GatesocketRow({ index, tally }) {
  tally.rendered(index)
  const messages = useMessages({ match: { row: index } })
  useEffect(() => {
    for (const message of messages) tally.saw(index, message)
  }, [messages, index, tally])
  return <li>{messages.at(-1)?.number}</li>
}

/** Its `filter` keeps a row from rendering, and has to parse for that. */
function ReactUseWebSocketTable({ url, subscribers, tally }) {
  return EACH(subscribers).map((index) => <ReactUseWebSocketRow key={index} url={url} index={index} tally={tally} />)
}

function ReactUseWebSocketRow({ url, index, tally }) {
  tally.rendered(index)
  const { lastJsonMessage } = useWebSocket(url, { share: true, filter: ({ data }) => JSON.parse(data).row === index })
  useEffect(() => {
    if (lastJsonMessage) tally.saw(index, lastJsonMessage)
  }, [lastJsonMessage, index, tally])
  return <li>{lastJsonMessage?.number}</li>
}

/** The latest message of each row in one state, and rows that render for their own alone. */
function ByHandTable({ url, subscribers, tally }) {
  const [rows, setRows] = useState({})
  useEffect(() => {
    const socket = new WebSocket(url)
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data)
      setRows((rows) => ({ ...rows, [message.row]: message }))
    }
    return () => socket.close()
  }, [url])
  return EACH(subscribers).map((index) => <ByHandRow key={index} message={rows[index]} index={index} tally={tally} />)
}

const ByHandRow = memo(ByHandSubscriber)

export const tables = { gatesocket: GatesocketTable, 'react-use-websocket': ReactUseWebSocketTable, 'by hand': ByHandTable }
