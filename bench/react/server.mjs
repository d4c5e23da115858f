// A WebSocket server in a process of its own, so that what it does is not in the page's way: it sends messages to one
// connection at a steady rate. Tells its address by a message to its parent and takes orders the same way.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const { WebSocketServer } = createRequire(new URL('../../tests/page/package.json', import.meta.url))('ws')

const http = createServer()
const server = new WebSocketServer({ server: http })
let latest
server.on('connection', (socket) => {
  latest = socket
  socket.on('error', () => {})
  process.send({ connected: server.clients.size })
})
http.listen(0, '127.0.0.1', () => process.send({ address: `ws://127.0.0.1:${http.address().port}/` }))

process.on('message', ({ rate, messages, row }) => {
  const begin = performance.now()
  let sent = 0
  const send = () => {
    const due = Math.min(messages, Math.ceil(((performance.now() - begin) / 1000) * rate))
    for (; sent < due; sent++) latest.send(text(sent, row))
    if (sent < messages) setTimeout(send, 1)
    else process.send({ end: Date.now() })
  }
  send()
})
process.on('disconnect', () => process.exit())

/** About 200 bytes, as a chat or a ticker has them. */
function text(number, row) {
  return JSON.stringify({
    number,
    row,
    action: 'trade',
    room: 'lobby',
    user: `user-${number % 97}`,
    time: 1_790_000_000_000 + number,
    price: 100 + (number % 1000) / 100,
    text: 'the quick brown fox jumps over the lazy dog while nobody looks at the clock',
  })
}
