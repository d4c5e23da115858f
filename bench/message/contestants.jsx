// In the page: everyone who is measured, behind one face. Each takes a URL and a function that gets every
// message as a value, and returns the way to close it again.
import { connect } from 'gatesocket'
import PartySocket from 'partysocket/ws'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import * as reactUseWebSocket from 'react-use-websocket'

// CommonJS, whose default export is a property of the module.
const { default: useWebSocket } = reactUseWebSocket.default

export const QUESTION = '{"action":"GET_CONNECTION_ID"}'

export const contestants = {
  /** What people write by hand. */
  raw(url, onMessage) {
    const socket = new WebSocket(url)
    socket.onmessage = (event) => onMessage(JSON.parse(event.data))
    return () => socket.close()
  },

  gatesocket(url, onMessage) {
    const socket = connect(url, { onMessage })
    return () => socket.close()
  },

  partysocket(url, onMessage) {
    const socket = new PartySocket(url)
    socket.onmessage = (event) => onMessage(JSON.parse(event.data))
    return () => socket.close()
  },

  /** Its callback alone: `filter` keeps it from rendering at each message, which would be dearer by far. */
  'react-use-websocket'(url, onMessage) {
    const root = createRoot(document.createElement('div'))
    const options = { onMessage: (event) => onMessage(JSON.parse(event.data)), filter: () => false }
    function Component() {
      useWebSocket(url, options)
      return null
    }
    flushSync(() => root.render(<Component />))
    return () => root.unmount()
  },
}
