// A port of this machine on which nothing listens, and nothing will: not one of those that the system gives to whoever asks
// for any (Linux: from 32768; others: from 49152), of which the next test may get this one. Not a small number either:
// browsers refuse many of those without trying.
import { once } from 'node:events'
import { createServer } from 'node:net'

export async function closedPort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer()
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    } catch {
      continue
    }
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
