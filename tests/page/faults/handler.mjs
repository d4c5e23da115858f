// The backend of the fault runs: it keeps a record of all that reaches it, and answers what wants an answer.
import { appendFileSync } from 'node:fs'
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true })

// One short line with one write: lines of several processes do not mix.
const note = (entry) => appendFileSync(process.env.FAULTS_RECORD, `${JSON.stringify(entry)}\n`)

// By the gateway's own address: the name by which a client came is that of the proxy, which would break this too.
function post({ stage, connectionId }, message) {
  return new Promise((resolve, reject) => {
    const address = `${process.env.FAULTS_GATEWAY}/${stage}/@connections/${encodeURIComponent(connectionId)}`
    const posting = request(address, { method: 'POST', agent }, (response) => response.resume().on('end', resolve))
    posting.on('error', reject).end(JSON.stringify(message))
  })
}

export async function handler({ requestContext, queryStringParameters, body }) {
  const { connectionId, routeKey } = requestContext
  if (routeKey === '$connect' && queryStringParameters?.link) {
    const { run, link } = queryStringParameters
    note({ connectionId, run: Number(run), link: Number(link) })
  }
  if (routeKey === '$connect' || routeKey === '$disconnect') return { statusCode: 200 }
  const { action, number, ref, text = '', length = 0 } = JSON.parse(body)
  if (action === 'GET_CONNECTION_ID') await post(requestContext, { connectionId })
  else if (action === 'FLUSH') await post(requestContext, { ref })
  else note({ number, connectionId, whole: text.length === length })
  if (action === 'DOUBLE') await post(requestContext, { ref, double: 2 * number })
  return { statusCode: 200 }
}
