// A stand-in for the management API: takes posts to connections, and does as it is told with them.
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'

/** A client of the backend, as API Gateway has it. */
class Connection extends EventEmitter {
  /** What was posted to it, parsed. */
  frames = []
  /** How often a post to it was asked for. */
  posts = 0
  /** The answers to the next posts: `{ status, type, message }`, or promises of them. */
  answers = []
  /** Answers posts with 410 from now on. */
  gone = false

  constructor(id) {
    super()
    this.id = id
    this.setMaxListeners(0)
  }

  /** Resolves to the first frame for which this holds. */
  async frame(holds) {
    for (;;) {
      const found = this.frames.find(holds)
      if (found) return found
      await once(this, 'frame')
    }
  }

  /** The messages of a room that it got. */
  messages(room) {
    return this.frames.filter((frame) => frame.room === room && frame.sequence !== undefined)
  }
}

/** Starts it; resolves to `{ endpoint, connect(id), connections, highest(), stop() }`. */
export async function startManagement() {
  const connections = new Map()
  let now = 0
  let most = 0
  const server = createServer((request, response) => {
    const chunks = []
    most = Math.max(most, ++now)
    let open = true
    const over = () => {
      if (open) now--
      open = false
    }
    // Of one that is never answered.
    response.once('close', over)
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      const id = decodeURIComponent(request.url.split('/@connections/')[1])
      const connection = connections.get(id)
      const answer = connection && !connection.gone ? await take(connection, Buffer.concat(chunks)) : { status: 410, type: 'GoneException' }
      over()
      response.writeHead(answer.status, { 'content-type': 'application/json', ...(answer.type && { 'x-amzn-errortype': answer.type }) })
      response.end(answer.message && JSON.stringify({ message: answer.message }))
    })
  })
  // Node's own 5 s may end just as a post begins.
  server.keepAliveTimeout = 10 * 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  async function take(connection, data) {
    connection.posts++
    connection.emit('post')
    const answer = await connection.answers.shift()
    if (answer) return answer
    connection.frames.push(JSON.parse(data))
    connection.emit('frame')
    return { status: 200 }
  }

  return {
    endpoint: `http://127.0.0.1:${server.address().port}/production`,
    connections,
    /** A connection with this id, or a new one. */
    connect(id = `connection-${connections.size}`) {
      const connection = new Connection(id)
      connections.set(id, connection)
      return connection
    },
    /** The most posts that were on their way at the same time. */
    highest: () => most,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
