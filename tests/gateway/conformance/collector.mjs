// Where a handler under test reports its events to, over HTTP: the same way whatever runs the handler.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { within } from './expect.mjs'

/** Starts a collector on a free loopback port. */
export async function startCollector() {
  const reports = []
  const waiting = new Set()
  const server = createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    reports.push({ kind: request.url.slice(1), value: JSON.parse(Buffer.concat(chunks)) })
    response.end(JSON.stringify({ collected: request.url.slice(1) }))
    for (const look of waiting) look()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  /** The first report of this kind that `fits`; what is missing is named after a while. */
  const report = async (kind, fits, missing) => {
    let look
    const found = new Promise((resolve) => {
      look = () => {
        const hit = reports.find((report) => report.kind === kind && fits(report.value))
        if (hit) resolve(hit.value)
      }
    })
    waiting.add(look)
    look()
    try {
      return await within(found, missing)
    } finally {
      waiting.delete(look)
    }
  }

  return {
    address: `http://127.0.0.1:${server.address().port}`,
    report,
    /** All reports of a kind so far. */
    reports: (kind) => reports.filter((report) => report.kind === kind).map(({ value }) => value),
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
