import { GetConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { boto3 } from '../clients/python.mjs'
import { equal, matches, truth } from '../expect.mjs'

const iam = 'Control access to WebSocket APIs with IAM authorization'
const signing = 'AWS Signature Version 4 for API requests'

/** What a handler's own post came to. */
async function handlersPost(api, id) {
  const { name, status, message } = await api.collector.report('outcome', ({ connectionId }) => connectionId === id, 'the handler reports nothing')
  return { name, status, message }
}

/** Lets the handler of a setup's API post to its client once. */
async function postFrom(session, setup) {
  const api = await session.api(setup)
  const { client, id } = await api.connect()
  client.send({ do: { post: 'allowed' } })
  return { api, client, id, outcome: await handlersPost(api, id) }
}

export default {
  title: 'Permissions and signatures',
  rows: [
    {
      id: 'role-without-permission-403',
      sentence: 'A handler whose role lacks execute-api:ManageConnections gets 403, AccessDeniedException',
      source: 'users’ reports',
      client: 'AWS SDK for JavaScript in the handler',
      async check(session) {
        const { client, outcome } = await postFrom(session, 'forbidden')
        equal([outcome.name, outcome.status], ['AccessDeniedException', 403], 'the error')
        await client.close()
      },
    },
    {
      id: 'role-without-permission-message',
      sentence: 'Its message names the assumed role, the action and the ARN, with the account masked but for four digits and `{connectionId}` for the id',
      source: 'users’ reports',
      client: 'AWS SDK for JavaScript in the handler',
      async check(session) {
        const { client, outcome } = await postFrom(session, 'forbidden')
        const arn = 'arn:aws:execute-api:us-east-1:\\*{8}\\d{4}:[\\w-]+/production/POST/@connections/\\{connectionId\\}'
        matches(outcome.message, new RegExp(`^User: arn:aws:sts::\\d{12}:assumed-role/[^/]+/[\\w-]+ is not authorized to perform: execute-api:ManageConnections on resource: ${arn}$`), 'the message')
        await client.close()
      },
    },
    {
      id: 'role-with-permission',
      trivially: true,
      sentence: 'A policy with execute-api:ManageConnections on `…/{stage}/POST/@connections/*` lets it post',
      source: iam,
      client: 'AWS SDK for JavaScript in the handler',
      async check(session) {
        const { client, outcome } = await postFrom(session, 'permitted')
        equal(outcome.status, 200, 'the status')
        equal(await client.next(), 'allowed', 'what arrives')
        await client.close()
      },
    },
    {
      id: 'permission-by-method',
      sentence: 'Such a policy allows POST and not GET',
      source: iam,
      client: 'AWS SDK for JavaScript with the handler’s credentials',
      async check(session) {
        const api = await session.api('permitted')
        const { client, id } = await api.connect()
        client.send({ do: { tell: 'credentials' } })
        const { environment } = await api.collector.report('environment', ({ tell }) => tell === 'credentials', 'the handler reports nothing')
        const credentials = { accessKeyId: environment.AWS_ACCESS_KEY_ID, secretAccessKey: environment.AWS_SECRET_ACCESS_KEY, sessionToken: environment.AWS_SESSION_TOKEN }
        const sdk = api.sdk({ credentials, region: environment.AWS_REGION })
        await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'as the handler' }))
        equal(await client.next(), 'as the handler', 'what arrives')
        const error = await sdk.send(new GetConnectionCommand({ ConnectionId: id })).then(() => null, (error) => error)
        equal(error?.name ?? 'GET is allowed', 'AccessDeniedException', 'the error')
        await client.close()
      },
    },
    {
      id: 'signature-right',
      trivially: true,
      sentence: 'A handler’s own requests are signed with version 4 for the service execute-api, and pass',
      source: signing,
      client: 'AWS SDK for JavaScript in the handler',
      async check(session) {
        const { client, outcome } = await postFrom(session, 'signed')
        equal(outcome.status, 200, 'the status')
        await client.close()
      },
    },
    {
      id: 'signature-wrong',
      sentence: 'A request that is signed with another secret is 403',
      source: signing,
      client: 'boto3',
      async check(session) {
        const api = await session.api('signed')
        const { client, id } = await api.connect()
        const [answer] = await boto3(api.endpoint, [['post_to_connection', { ConnectionId: id, Data: 'x' }]])
        equal(answer.status, 403, 'the status')
        await client.close()
      },
    },
    {
      id: 'signature-missing',
      sentence: 'A request without a signature is 403',
      source: signing,
      client: 'fetch',
      async check(session) {
        const api = await session.api('signed')
        const { client, id } = await api.connect()
        const { status, body } = await api.call('POST', id, 'x')
        equal(status, 403, 'the status')
        matches(body, /"message"/, 'the body')
        truth(client.socket.readyState === 1, 'the connection ends')
        await client.close()
      },
    },
  ],
}
