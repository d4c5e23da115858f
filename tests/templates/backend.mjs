// The chat's handlers in a process of their own, with stand-ins for everything around them.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startDynamoDb } from '../../lambda/chat/local/dynamodb.mjs'
import { startConnections } from './connections.mjs'
import { startRecorder } from './recorder.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/**
 * Resolves to `{ connections, database, invocations, invoke, enter, send, leave, seat, cpu, stop }`.
 *
 * `invoke(file, event)` calls a handler as Lambda does; `enter(connectionId, query)`, `send(connectionId, message)` and
 * `leave(connectionId)` call the chat's with what a client does. `seat(room, connectionIds)` stores members without telling anybody. `database` is what
 * stands before DynamoDB (`recorder.mjs`), `invocations` counts by file. `cpu()` is the processor time of the
 * handlers' process until now in ms. `env` adds variables, `timeout` in ms is the functions'.
 */
export async function startBackend({ env = {}, timeout = 29_000 } = {}) {
  const dynamo = await startDynamoDb({ sweep: 0 })
  const recorder = await startRecorder(dynamo.endpoint)
  const connections = await startConnections()
  const child = fork(at('invoke.mjs'), [at('../../lambda/chat/')], {
    env: {
      ...process.env,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_SESSION_TOKEN: '',
      ...dynamo.env,
      AWS_ENDPOINT_URL_DYNAMODB: recorder.endpoint,
      AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: connections.endpoint,
      ...env,
    },
    // What the handlers log is shown where they fail.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let log = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (data) => (log += data))
  const invocations = { 'index.mjs': 0, 'fanout.mjs': 0 }
  const waiting = new Map()
  child.on('message', ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error) reject(new Error(`${error}\n${log}`))
    else resolve(result)
  })
  child.on('exit', () => waiting.forEach(({ reject }) => reject(new Error(`the handlers' process has ended:\n${log}`))))

  const call = (file, name, ...args) => {
    const id = randomBytes(8).toString('hex')
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      child.send({ id, file, name, args })
    })
  }
  const invoke = (file, event) => {
    invocations[file]++
    return call(file, 'handler', event, { timeout })
  }
  const requestContext = { domainName: 'chat.example', stage: 'production', routeKey: '$default', eventType: 'MESSAGE', requestId: 'request' }
  return {
    connections,
    database: recorder,
    invocations,
    invoke,
    send: (connectionId, message) =>
      invoke('index.mjs', { requestContext: { ...requestContext, connectionId }, body: JSON.stringify(message), isBase64Encoded: false }),
    enter: (connectionId, queryStringParameters) =>
      invoke('index.mjs', { requestContext: { ...requestContext, routeKey: '$connect', eventType: 'CONNECT', connectionId }, queryStringParameters }),
    leave: (connectionId) =>
      invoke('index.mjs', { requestContext: { ...requestContext, routeKey: '$disconnect', eventType: 'DISCONNECT', connectionId } }),
    async cpu() {
      const { user, system } = await call(null, 'cpuUsage')
      return (user + system) / 1_000
    },
    async seat(room, connectionIds) {
      const rest = connectionIds.values()
      const worker = async () => {
        for (const id of rest) await call('members.mjs', 'add', room, id)
      }
      await Promise.all(Array.from({ length: 16 }, worker))
    },
    async stop() {
      const ended = child.exitCode === null && once(child, 'exit')
      child.kill()
      await ended
      await recorder.stop()
      await connections.stop()
      await dynamo.stop()
    },
  }
}

/** As API Gateway makes them: 16 characters. */
export const connectionId = () => `${randomBytes(11).toString('base64url')}=`
