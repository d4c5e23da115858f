import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'

export const connections = async () => ({ statusCode: 200 })

export async function guard({ queryStringParameters, methodArn }) {
  const Effect = queryStringParameters.token === 'good' ? 'Allow' : 'Deny'
  return { principalId: 'p', policyDocument: { Version: '2012-10-17', Statement: [{ Action: '*', Effect, Resource: methodArn }] } }
}

export async function describe({ requestContext }) {
  const { TABLE, COLOUR, LIMIT, ENDPOINT, AWS_REGION, AWS_LAMBDA_FUNCTION_NAME: name } = process.env
  const Data = JSON.stringify({ TABLE, COLOUR, LIMIT, AWS_REGION, name })
  const client = new ApiGatewayManagementApiClient({ endpoint: ENDPOINT })
  await client.send(new PostToConnectionCommand({ ConnectionId: requestContext.connectionId, Data }))
  return { statusCode: 200, body: 'described' }
}
