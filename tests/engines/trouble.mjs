// WebSocket servers to which connections fail, chosen by the path of the URL.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const { WebSocketServer } = createRequire(import.meta.url)('ws')

/** Starts them on one port. `/hang` is never answered, and what has no other name is refused with 403. */
export async function startTrouble() {
  const http = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const hanging = []
  /** How many have come to each path. */
  const come = {}
  http.on('upgrade', (request, socket, head) => {
    const { url } = request
    const count = (come[url] = (come[url] ?? 0) + 1)
    // Away: its first connection is lost, and the next two are refused.
    const isGood = ['/good', '/malformed'].includes(url) || (url === '/away' && (count === 1 || count > 3))
    socket.on('error', () => {})
    if (url === '/hang') return hanging.push(socket)
    if (!isGood) return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (link) => {
      link.on('error', () => {})
      link.on('message', () => {
        link.send(JSON.stringify({ connectionId: `${url.slice(1)}-${count}=` }))
        if (count > 1) return
        // The masking and the reserved bits that no server may set.
        if (url === '/malformed') socket.write(Buffer.from([0xff, 0xff, 0, 0]))
        if (url === '/away') setTimeout(() => socket.destroy(), 50)
      })
    })
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    address: `ws://127.0.0.1:${http.address().port}`,
    stop() {
      for (const link of sockets.clients) link.terminate()
      for (const socket of hanging) socket.destroy()
      http.closeAllConnections()
      http.close()
    },
  }
}
