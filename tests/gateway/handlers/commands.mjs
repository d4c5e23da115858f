// Does to its own connection what a message asks for, and logs how each command ended.
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'

const commands = { POST: PostToConnectionCommand, GET: GetConnectionCommand, DELETE: DeleteConnectionCommand }
const client = new ApiGatewayManagementApiClient({ maxAttempts: 1 })

export async function handler({ requestContext, body }) {
  if (requestContext.eventType !== 'MESSAGE') return { statusCode: 200 }
  const Command = commands[body]
  const command = new Command({ ConnectionId: requestContext.connectionId, Data: 'posted' })
  const outcome = await client.send(command).then(
    ({ $metadata }) => ({ status: $metadata.httpStatusCode }),
    ({ name, message, $metadata }) => ({ name, message, status: $metadata.httpStatusCode }),
  )
  console.log(`OUTCOME ${JSON.stringify({ ...outcome, key: process.env.AWS_ACCESS_KEY_ID, profile: process.env.AWS_PROFILE })}`)
  return { statusCode: 200 }
}
