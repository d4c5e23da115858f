// The handler that both the local gateway and serverless-offline run in the benchmark.
import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'

const ok = { statusCode: 200 }

// serverless-offline has no https, so it is given its http address; the gateway serves both on one port.
let client
function post({ domainName, stage, connectionId }, message, to = connectionId) {
  client ??= new ApiGatewayManagementApiClient({
    endpoint: process.env.MANAGEMENT_ENDPOINT ?? `https://${domainName}/${stage}`,
  })
  return client.send(new PostToConnectionCommand({ ConnectionId: to, Data: JSON.stringify(message) }))
    .catch((error) => {
      if (!(error instanceof GoneException)) throw error
    })
}

export async function handler({ requestContext, body }) {
  switch (requestContext.routeKey) {
    case 'ID':
      await post(requestContext, { connectionId: requestContext.connectionId })
      return ok
    case 'ECHO':
      await post(requestContext, { echo: JSON.parse(body).data })
      return ok
    case 'RETURN': // the route has a route response
      return { statusCode: 200, body: JSON.stringify({ echo: JSON.parse(body).data }) }
    case 'FANOUT': {
      const { to, data } = JSON.parse(body)
      await Promise.all(to.map((id) => post(requestContext, { data }, id)))
      return ok
    }
    default: // $connect
      return ok
  }
}
