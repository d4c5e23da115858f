// A WebSocket server of texts, whose connections a test can read, close, cut and pause.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

/** Starts it. A connection is `{socket, url, protocol, received, closed}`; `closed` is its close code, null until then. */
export async function startTextServer() {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  const connections = []
  const own = {
    address: '',
    /** All that were ever opened, oldest first. */
    connections,
    /** Called with each text that comes. */
    answer: (_text, _connection) => {},
    /** Called with each connection. */
    greet: (_connection) => {},
    open: () => connections.filter(({ closed }) => closed === null),
    send(...texts) {
      for (const { socket } of own.open()) for (const text of texts) socket.send(text)
    },
    close: (code = 1001) => own.open().forEach(({ socket }) => socket.close(code)),
    /** Ends every connection without a close frame. */
    cut: () => own.open().forEach(({ socket }) => socket.terminate()),
    /** Reads nothing any more, and answers nothing, not even a close frame. */
    pause: () => own.open().forEach(({ socket }) => socket.pause()),
    stop() {
      for (const client of server.clients) client.terminate()
      http.closeAllConnections()
      http.close()
    },
  }
  server.on('connection', (socket, request) => {
    const connection = { socket, url: request.url, protocol: socket.protocol, received: [], closed: null }
    connections.push(connection)
    socket.on('error', () => {})
    socket.on('close', (code) => (connection.closed = code))
    socket.on('message', (data) => {
      connection.received.push(String(data))
      own.answer(String(data), connection)
    })
    own.greet(connection)
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  own.address = `ws://localhost:${http.address().port}/`
  return own
}
