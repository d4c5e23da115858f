// Keeps a ledger of connections, posts back, is slow or crashes: what a night of development does to a gateway.
import { appendFileSync } from 'node:fs'
import { request, Agent } from 'node:http'

const agent = new Agent({ keepAlive: true })

// One short line with one write: lines of several processes do not mix.
const note = (mark, id) => appendFileSync(process.env.CHURN_LEDGER, `${mark} ${id}\n`)

function post({ domainName, stage, connectionId }, text) {
  return new Promise((resolve, reject) => {
    const path = `/${stage}/@connections/${encodeURIComponent(connectionId)}`
    const posting = request(`http://${domainName}${path}`, { method: 'POST', agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    posting.on('error', reject).end(text)
  })
}

export async function handler({ requestContext, queryStringParameters, body }) {
  const { connectionId, routeKey } = requestContext
  switch (routeKey) {
    case '$connect':
      if (queryStringParameters?.refuse) {
        note('refused', connectionId)
        return { statusCode: 403 }
      }
      note('connect', connectionId)
      return { statusCode: 200 }
    case '$disconnect':
      note('disconnect', connectionId)
      return { statusCode: 200 }
  }
  const message = JSON.parse(body)
  if (message.do === 'identify') await post(requestContext, connectionId)
  if (message.do === 'echo') await post(requestContext, message.data)
  // Longer than the half second for which the gateway waits for a busy process before it starts another.
  if (message.do === 'wait') await new Promise((done) => setTimeout(done, 1500))
  if (message.do === 'crash') process.exit(3)
  return { statusCode: 200 }
}
