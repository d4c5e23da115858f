// A backend with known behaviour. It reports every event, then does what the client asks for: on $connect in the query
// `do` or the header `x-do`, later in the message's field `do`.
import { threadId } from 'node:worker_threads'
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'

const report = (kind, value) =>
  fetch(`${process.env.COLLECTOR}/${kind}`, { method: 'POST', body: JSON.stringify(value) })

function order(event) {
  const { eventType } = event.requestContext
  if (eventType === 'DISCONNECT') return {}
  if (eventType === 'CONNECT') {
    const header = Object.entries(event.headers).find(([name]) => name.toLowerCase() === 'x-do')
    return JSON.parse(event.queryStringParameters?.do ?? header?.[1] ?? '{}')
  }
  try {
    return JSON.parse(event.body)?.do ?? {}
  } catch {
    return {}
  }
}

const clientFor = ({ domainName, stage }, which) => {
  // Which way the SDK finds the management API: by an explicit address, as AWS's examples do, or by the environment.
  const endpoint = process.env.POST_ENDPOINT ?? (which === 'environment' ? undefined : `https://${domainName}/${stage}`)
  return new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 1 })
}

export async function handler(event) {
  await report('event', event)
  const { post, postBy, sleep, throws, answer, tell } = order(event)
  if (tell) await report('environment', { tell, environment: process.env, instance: `${process.pid} ${threadId}` })
  if (sleep) await new Promise((resolve) => setTimeout(resolve, sleep))
  if (post !== undefined) {
    const { connectionId } = event.requestContext
    const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: post })
    const outcome = await clientFor(event.requestContext, postBy)
      .send(command)
      .then(() => ({ status: 200 }), (error) => ({ name: error.name, message: error.message, status: error.$metadata?.httpStatusCode }))
    await report('outcome', { connectionId, ...outcome })
  }
  if (throws) throw new TypeError(throws)
  return answer === undefined ? { statusCode: 200 } : answer
}

/** A REQUEST authorizer: the query's `token` says what it answers. */
export async function authorize(event) {
  await report('authorizer', event)
  const token = event.queryStringParameters?.token
  if (token === 'crash') throw new Error('the authorizer fails')
  // The one message that API Gateway takes for 401.
  if (token === 'unauthorized') throw new Error('Unauthorized')
  return {
    principalId: 'user-7',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: token === 'allow' ? 'Allow' : 'Deny', Resource: event.methodArn }],
    },
    context: { tenant: 'blue', level: 3, beta: true },
  }
}
