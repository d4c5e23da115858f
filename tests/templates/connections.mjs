// A management API whose connections are lists: what is posted to each is kept.
import { once } from 'node:events'
import http from 'node:http'

/**
 * Resolves to `{ endpoint, posts, received(connectionId), answer, stop() }`. `posts` counts all requests. `answer(connectionId)` gives
 * the status of the next post to a connection, 200 unless a test sets another function; only what is answered 200 is kept.
 */
export async function startConnections() {
  const frames = new Map()
  const api = {
    posts: 0,
    answer: () => 200,
    received: (connectionId) => frames.get(connectionId) ?? [],
  }
  const server = http.createServer(async (request, response) => {
    const connectionId = decodeURIComponent(request.url.split('/@connections/')[1])
    const text = Buffer.concat(await request.toArray()).toString()
    api.posts++
    const status = api.answer(connectionId)
    if (status === 200) frames.set(connectionId, [...api.received(connectionId), JSON.parse(text)])
    response.writeHead(status, { 'content-type': 'application/json', ...(status === 410 && { 'x-amzn-errortype': 'GoneException' }) }).end()
  })
  server.keepAliveTimeout = 60_000 // A connection that ends while it is idle would be a failure to whoever uses it next.
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  api.endpoint = `http://127.0.0.1:${server.address().port}/production`
  api.stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return api
}
