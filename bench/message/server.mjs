// A WebSocket server in the benchmark's own process: it answers the question for the connectionId at once and
// sends bursts to the connection of a given name.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'

const { WebSocketServer } = createRequire(new URL('../../tests/page/package.json', import.meta.url))('ws')

/** `delay` is how long it takes to accept a connection and to answer, in milliseconds each. */
export async function startServer(delay = 0) {
  const http = createServer()
  const later = delay ? (act) => setTimeout(act, delay) : (act) => act()
  const server = new WebSocketServer({ server: http, verifyClient: (_, accept) => later(() => accept(true)) })
  const connections = new Map()
  const waiting = []
  let report = () => {}
  server.on('connection', (socket, request) => {
    const name = new URL(request.url, 'http://localhost').searchParams.get('name')
    connections.set(name, socket)
    for (const check of waiting) check()
    socket.on('error', () => {})
    socket.on('message', (data) => {
      if (name === 'control') return report(String(data))
      const text = String(data)
      if (text.includes('GET_CONNECTION_ID')) later(() => socket.send('{"connectionId":"L0SM9cOFvHcCIhw="}'))
    })
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    address: `ws://127.0.0.1:${http.address().port}/`,
    has: (name) =>
      new Promise((resolve) => {
        const check = () => connections.has(name) && resolve()
        waiting.push(check)
        check()
      }),
    /** Sends messages to a connection, in order, as fast as it takes them. */
    async burst(name, texts, rounds) {
      const socket = connections.get(name)
      for (let round = 0; round < rounds; round++) {
        for (const text of texts) socket.send(text)
        // Not more than the pipe holds: the page is to be fed, not this process's memory.
        while (socket.bufferedAmount > 1 << 20) await new Promise((resolve) => setImmediate(resolve))
      }
    },
    /** What the page says next. */
    reported: () => new Promise((resolve) => (report = resolve)),
    stop() {
      for (const socket of server.clients) socket.terminate()
      http.closeAllConnections()
      http.close()
    },
  }
}
