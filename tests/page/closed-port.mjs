// A port of this machine on which nothing listens. Not a small number: browsers refuse many of those
// without trying.
import { createServer } from 'node:net'

export async function closedPort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
