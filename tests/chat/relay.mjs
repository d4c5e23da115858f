// A TCP relay that can let its connections hang: neither side hears of an end, as when a phone has no network any more.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Carries connections of a free port to another port of this machine, each way with a delay in milliseconds. */
export async function startRelay(port, { delay = 0 } = {}) {
  const pairs = new Set()
  let carried = 0
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const pair = [near, far]
    pairs.add(pair)
    carried++
    // The backend posts through here too, by TLS; only a client's connection may hang.
    near.once('data', (data) => (pair.isClient = data[0] === 'G'.charCodeAt(0)))
    if (delay === 0) {
      near.pipe(far)
      far.pipe(near)
    }
    for (const [from, to] of [pair, [...pair].reverse()]) {
      if (delay > 0) from.on('data', (data) => setTimeout(() => to.destroyed || to.write(data), delay))
      from.on('error', () => {})
      from.on('close', () => {
        if (pair.isHeld) return
        pairs.delete(pair)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    /** How many connections there were. */
    get carried() {
      return carried
    },
    /** From now on nothing passes, and no end is told, on the clients' connections that are open. The relay takes what comes. */
    hang() {
      for (const pair of [...pairs].filter(({ isClient }) => isClient)) {
        pair.isHeld = true
        for (const socket of pair) {
          socket.unpipe()
          socket.removeAllListeners('end')
          socket.allowHalfOpen = true
          socket.on('data', () => {})
        }
      }
    },
    stop() {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
