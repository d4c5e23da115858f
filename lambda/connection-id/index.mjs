// The backend of the three steps: a client connects, asks for its connectionId, and gets it.
import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'

const ok = { statusCode: 200 }

// One client per endpoint, kept across invocations: it keeps its connection to the management API open.
const clients = new Map()

function clientFor({ domainName, stage }) {
  // The variable is the SDK's own: the template and the local gateway set it. An event names the domain that clients use,
  // and one of yours need not have the stage in its paths.
  const endpoint = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI || `https://${domainName}/${stage}`
  if (!clients.has(endpoint)) clients.set(endpoint, new ApiGatewayManagementApiClient({ endpoint }))
  return clients.get(endpoint)
}

async function post(requestContext, message) {
  const command = new PostToConnectionCommand({
    ConnectionId: requestContext.connectionId,
    Data: JSON.stringify(message),
  })
  try {
    await clientFor(requestContext).send(command)
  } catch (error) {
    // The client left before its answer came: that is its right, and no failure of ours.
    if (!(error instanceof GoneException)) throw error
    console.log(`${requestContext.connectionId} has gone`)
  }
}

function parse(body) {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

export async function handler({ requestContext, body }) {
  if (requestContext.eventType !== 'MESSAGE') return ok // $connect and $disconnect

  const message = parse(body)
  if (message?.action === 'GET_CONNECTION_ID') {
    await post(requestContext, { connectionId: requestContext.connectionId })
  } else if (message?.action === 'ECHO') {
    await post(requestContext, { echo: message.data })
  }
  return ok
}
