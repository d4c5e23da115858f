import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'

export async function handler({ requestContext }) {
  const { eventType, domainName, stage, connectionId, routeKey, authorizer } = requestContext
  if (eventType !== 'MESSAGE') return { statusCode: 200 }
  const client = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` })
  const Data = JSON.stringify({ routeKey, principal: authorizer.principalId })
  await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }))
  return { statusCode: 200 }
}
