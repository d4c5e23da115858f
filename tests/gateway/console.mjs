// The console's API as a program uses it.

async function call(address, method, body) {
  const response = await fetch(address, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.message), { status: response.status, code: answer.code })
  return answer
}

/** The console's API of a gateway; a refusal rejects with its status, code and sentence. */
export function consoleOf(gateway) {
  const base = `${gateway.console}/api`
  return {
    get: (path) => call(base + path, 'GET'),
    post: (path, body) => call(base + path, 'POST', body),
    delete: (path) => call(base + path, 'DELETE'),
    /** Follows the event stream: its records so far, and the first that fits, now or later. */
    async events(query, headers = {}) {
      const stop = new AbortController()
      const response = await fetch(`${base}/events${query}`, { headers, signal: stop.signal })
      if (!response.ok) {
        const { message, code } = await response.json()
        throw Object.assign(new Error(message), { status: response.status, code })
      }
      const all = []
      const waiting = new Set()
      const ended = follow(response.body, (record) => {
        all.push(record)
        for (const look of waiting) look()
      }).catch(() => {})
      const find = (fits) =>
        new Promise((resolve) => {
          const look = () => {
            const found = all.find(fits)
            if (!found) return
            waiting.delete(look)
            resolve(found)
          }
          waiting.add(look)
          look()
        })
      return { all, find, ended, stop: () => stop.abort() }
    },
  }
}

async function follow(body, add) {
  let text = ''
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    const events = (text + piece).split('\n\n')
    text = events.pop()
    for (const event of events) {
      const [, id, data] = /^id: (\S+)\ndata: (.*)$/.exec(event) ?? []
      if (id) add({ id, ...JSON.parse(data) })
    }
  }
}
