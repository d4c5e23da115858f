// Posts to a connection from within its own $connect, and writes the outcome to the log.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'

// No endpoint: the SDK takes it from AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI.
const client = new ApiGatewayManagementApiClient()

export async function handler({ requestContext }) {
  if (requestContext.eventType === 'CONNECT') {
    const command = new PostToConnectionCommand({ ConnectionId: requestContext.connectionId, Data: 'too early' })
    const outcome = await client.send(command).then(() => 'accepted', (error) => `${error.name} ${error.$metadata.httpStatusCode}`)
    console.log(`OUTCOME ${outcome}`)
  }
  return { statusCode: 200 }
}
