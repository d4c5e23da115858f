import { useState } from 'react'
import { Chat } from './Chat.js'
import { Session } from './Session.js'
import { useStored } from './useStored.js'
import { Welcome } from './Welcome.js'

/** The local gateway's usual address, where AWS has wss://<domain>/production/. */
const LOCAL = 'ws://localhost:3001/production/'

export function App() {
  const [name, setName] = useStored('name', '')
  const [url, setUrl] = useState(() => new URLSearchParams(location.search).get('url') ?? LOCAL)
  const [isOn, setOn] = useState(true)

  if (!name) return <Welcome onName={setName} />
  const connect = (to: string) => {
    // One render without an address lets go of the session that has ended; the next one begins another.
    setOn(false)
    setTimeout(() => {
      setUrl(to)
      setOn(true)
    })
  }
  return (
    <Session url={isOn ? url : null} name={name}>
      <Chat url={url} name={name} onName={setName} onConnect={connect} />
    </Session>
  )
}
