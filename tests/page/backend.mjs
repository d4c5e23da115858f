// A backend behind a real WebSocket server, whose connections a test can cut, close, pause and read. It
// answers the question for the connectionId, requests and rooms, and keeps what it was sent.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** What it does with a message that has this `action`; others are only kept. */
const ANSWERS = {
  GET_CONNECTION_ID: ({ id }) => ({ connectionId: id }),
  ADD: (_, { numbers, ref }) => ({ sum: numbers.reduce((sum, number) => sum + number, 0), ref }),
  JOIN_ROOM: (_, { room, ref }) => ({ joined: room, ref }),
  LEAVE_ROOM: (_, { room, ref }) => ({ left: room, ref }),
}

/** Starts it. `connections` are all that were ever opened, oldest first. */
export async function startBackend() {
  const http = createServer()
  const handleProtocols = (offered) => {
    const chosen = backend.chooses
    return chosen !== null && (offered.has(chosen) ? chosen : [...offered][0])
  }
  const server = new WebSocketServer({ server: http, handleProtocols, verifyClient: () => !backend.refuses })
  const connections = []
  let paused = false
  server.on('connection', (socket, request) => {
    if (paused) socket.pause()
    const connection = { id: `id${connections.length + 1}=`, socket, url: request.url, received: [], closed: null }
    connections.push(connection)
    socket.on('error', () => {})
    socket.on('close', (code) => (connection.closed = code))
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? data : JSON.parse(data)
      connection.received.push(message)
      const answer = ANSWERS[message.action]?.(connection, message)
      if (answer) socket.send(JSON.stringify(answer))
    })
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  const backend = {
    /** The subprotocol that it prefers; it takes the first one where that is not offered, and none for `null`. */
    chooses: undefined,
    /** Whether it lets nobody in, so that who was cut waits for longer and longer. */
    refuses: false,
    address: `ws://localhost:${http.address().port}/`,
    connections,
    /** What came with this action, over all connections. */
    received: (action) => connections.flatMap(({ received }) => received).filter((message) => message.action === action),
    /** Reads nothing any more: TCP acknowledges, and nobody answers. */
    pause: () => {
      paused = true
      for (const socket of server.clients) socket.pause()
    },
    /** Ends every connection without a close frame. */
    cut: () => server.clients.forEach((socket) => socket.terminate()),
    stop: () => {
      for (const socket of server.clients) socket.terminate()
      http.closeAllConnections()
      http.close()
    },
  }
  return backend
}
