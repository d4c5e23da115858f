// WebSocket servers that do what a backend should not, chosen by the path of the URL.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'

const BEHAVIOURS = {
  '/silent': () => {},
  '/garbage': (socket) => socket.on('message', () => socket.send('<html>not json')),
  '/null': (socket) => socket.on('message', () => socket.send('null')),
  '/array': (socket) => socket.on('message', () => socket.send('[{"connectionId":"a="}]')),
  '/binary': (socket) => socket.on('message', () => socket.send(Buffer.from([1, 2, 3]))),
  '/numeric': (socket) => socket.on('message', () => socket.send('{"connectionId":42}')),
  '/forbidden': (socket) =>
    socket.on('message', () =>
      socket.send('{"message": "Forbidden", "connectionId":"XDmENcnwIE0CFEQ=", "requestId":"XDmGEE2RoE0FRdQ="}'),
    ),
  '/internal': (socket) =>
    socket.on('message', () =>
      socket.send('{"message": "Internal server error", "connectionId":"HXT_RfBnPHcCIIg=", "requestId":"HXUAmGGZvHcF33A="}'),
    ),
  '/hangup': (socket) => socket.on('message', () => socket.close(1011, 'went wrong')),
  '/hangup-later': (socket) =>
    socket.on('message', (data) => {
      if (JSON.parse(data).action) socket.send('{"connectionId":"later="}')
      else socket.close(1001, 'Going away')
    }),
  '/good': (socket) =>
    socket.on('message', (data) => {
      const { action, echo } = JSON.parse(data)
      if (action === 'GET_CONNECTION_ID') socket.send('{"connectionId":"good="}')
      if (echo) socket.send(echo)
    }),
}

/** Starts them on one port. Paths without a behaviour are refused with 403; `/hang` is never answered. */
export async function startOddServers() {
  const http = createServer((_, response) => response.writeHead(200).end('not a WebSocket server'))
  const sockets = new WebSocketServer({ noServer: true })
  const hanging = []
  http.on('upgrade', (request, socket, head) => {
    // A browser that is refused, or gives up, may reset the connection.
    socket.on('error', () => {})
    const path = new URL(request.url, 'http://localhost').pathname
    if (path === '/hang') return hanging.push(socket)
    const behave = BEHAVIOURS[path]
    if (!behave) return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, behave)
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    address: `ws://localhost:${http.address().port}`,
    stop: () => {
      for (const socket of sockets.clients) socket.terminate()
      for (const socket of hanging) socket.destroy()
      http.closeAllConnections()
      http.close()
    },
  }
}
