// An HTTP endpoint that gives out tickets, t1, t2, …, as a test wants it to.

/** `handle` is a route; `requests` are all that came, with whether each was aborted; `answer` may be replaced. */
export function ticketEndpoint() {
  const endpoint = {
    requests: [],
    /** Whether pages of other origins may ask. */
    cors: true,
    /** What is answered to the n-th request: `{ status, type, body }`; nothing at all for `null`. */
    answer: (number) => ({ body: { ticket: `t${number}` } }),
    handle(request, response) {
      const { method, headers } = request
      if (endpoint.cors && headers.origin) {
        response.setHeader('access-control-allow-origin', headers.origin)
        response.setHeader('access-control-allow-credentials', 'true')
        response.setHeader('access-control-allow-headers', 'authorization, x-other')
      }
      if (method === 'OPTIONS') return response.writeHead(204).end()
      const seen = { method, headers, aborted: false }
      endpoint.requests.push(seen)
      response.on('close', () => (seen.aborted = !response.writableFinished))
      const answer = endpoint.answer(endpoint.requests.length, request)
      if (answer === null) return
      const { status = 200, type = 'application/json', body } = answer
      response.writeHead(status, { 'content-type': type })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    },
  }
  return endpoint
}
