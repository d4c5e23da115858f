// Stands before a stand-in for DynamoDB and notes what is called, and what that would be paid for.
import { once } from 'node:events'
import http from 'node:http'

/**
 * Starts it before `target`, a URL, and resolves to `{ endpoint, calls, fails, stop() }`. A call is
 * `{ operation, table, index, units }`: `units` are read or write units as DynamoDB counts them, undefined for what failed.
 * What `fails(operation, request)` is true for is answered with a failure of the service.
 */
export async function startRecorder(target) {
  const recorder = { calls: [], fails: () => false }
  const agent = new http.Agent({ keepAlive: true })
  const server = http.createServer(async (request, response) => {
    const operation = request.headers['x-amz-target']?.split('.')[1]
    const asked = JSON.parse(Buffer.concat(await request.toArray()))
    const call = { operation, table: asked.TableName, index: asked.IndexName }
    recorder.calls.push(call)
    if (recorder.fails(operation, asked)) {
      const __type = 'com.amazonaws.dynamodb.v20120810#InternalServerError'
      response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ __type }))
      return
    }
    const body = Buffer.from(JSON.stringify({ ...asked, ReturnConsumedCapacity: 'TOTAL' }))
    const { 'content-length': _, host: __, ...headers } = request.headers
    const forwarded = http.request(target, { method: 'POST', headers: { ...headers, 'content-length': body.length }, agent })
    forwarded.on('error', (error) => response.destroy(error))
    forwarded.on('response', async (answer) => {
      const content = Buffer.concat(await answer.toArray())
      if (answer.statusCode === 200) call.units = unitsOf(asked, operation, JSON.parse(content))
      const { 'transfer-encoding': _, connection: __, ...head } = answer.headers
      response.writeHead(answer.statusCode, { ...head, 'content-length': content.length }).end(content)
    })
    forwarded.end(body)
  })
  server.keepAliveTimeout = 60_000 // A connection that ends while it is idle would be a failure to whoever uses it next.
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  recorder.endpoint = `http://127.0.0.1:${server.address().port}`
  recorder.stop = async () => {
    agent.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return recorder
}

/** As the stand-in counts, but for a read that finds nothing, and for the index: AWS takes at least a unit for each of them. */
function unitsOf({ TableName, Item, ConsistentRead }, operation, { ConsumedCapacity }) {
  const units = ConsumedCapacity?.CapacityUnits ?? 0
  if (operation === 'Query' || operation === 'GetItem') return Math.max(units, ConsistentRead ? 1 : 0.5)
  return operation === 'PutItem' && TableName === 'MessagesTable' && Item.id ? units + 1 : units
}
