// A WebSocket client whose messages and end can be awaited.
import WebSocket from 'ws'

/** Opens a connection; rejects with `{ status, body }` when the upgrade is refused. */
export function open(url, { protocols, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols, options)
    const received = []
    const waiting = []
    const client = {
      socket,
      send: (value) => socket.send(typeof value === 'string' ? value : JSON.stringify(value)),
      /** The next message's text. */
      next: () => (received.length ? Promise.resolve(received.shift()) : new Promise((take) => waiting.push(take))),
      /** How the connection ended: `{ code, reason }`. */
      closed: new Promise((ended) => socket.on('close', (code, reason) => ended({ code, reason: String(reason) }))),
      async close(code, reason) {
        socket.close(code, reason)
        return client.closed
      },
    }
    socket.on('message', (data) => {
      const text = String(data)
      const take = waiting.shift()
      if (take) take(text)
      else received.push(text)
    })
    socket.on('open', () => resolve(client))
    socket.on('error', reject)
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (data) => (body += data))
      response.on('end', () => reject(Object.assign(new Error(`refused: ${response.statusCode}`), { status: response.statusCode, body, headers: response.headers })))
    })
  })
}

/** Opens a connection to the connection-id backend and returns it with its id. */
export async function identify(url, options) {
  const client = await open(url, options)
  client.send({ action: 'GET_CONNECTION_ID' })
  const { connectionId } = JSON.parse(await client.next())
  return { ...client, connectionId }
}
