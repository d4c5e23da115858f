import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'

// The endpoint comes from the template and not from the event, as many backends have it.
const client = new ApiGatewayManagementApiClient({ endpoint: process.env.ENDPOINT })

export async function handler({ requestContext, body }) {
  const { to = requestContext.connectionId, data } = JSON.parse(body)
  const { TABLE_NAME: table, STAGE: stage, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory } = process.env
  const message = { data, from: requestContext.connectionId, table, stage, memory }
  await client.send(new PostToConnectionCommand({ ConnectionId: to, Data: JSON.stringify(message) }))
  return { statusCode: 200 }
}
