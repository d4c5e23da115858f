import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { boto3 } from '../clients/python.mjs'
import { equal, truth } from '../expect.mjs'

const quotas = 'Quotas for configuring and running a WebSocket API in API Gateway'
const account = 'Amazon API Gateway quotas'

export default {
  title: 'Throttling',
  rows: [
    {
      id: 'connections-429',
      sentence: 'A connection above the rate of new connections is refused with 429',
      source: 'users’ reports',
      client: 'ws',
      async check(session) {
        const api = await session.api('fewConnections')
        const tries = await Promise.allSettled(Array.from({ length: 6 }, () => api.open()))
        const refused = tries.filter(({ status }) => status === 'rejected')
        for (const { value } of tries) value?.socket.close()
        truth(refused.length >= 3 && refused.length < 6, `${refused.length} of 6 connections are refused`)
        equal(refused[0].reason.status, 429, 'the status')
      },
    },
    {
      id: 'connections-rate-default',
      sentence: 'The rate of new connections is 500 per second where nothing else is set',
      source: quotas,
      client: 'the program’s own help',
      async check(session) {
        equal((await session.target.defaults()).connectionRate ?? 'no such limit', 500, 'the rate')
      },
    },
    {
      id: 'requests-429',
      sentence: 'A management call above the rate of requests is 429 LimitExceededException',
      source: account,
      client: 'boto3, AWS SDK for JavaScript',
      async check(session) {
        const api = await session.api('fewRequests')
        const client = await api.open()
        const post = (id) => ['post_to_connection', { ConnectionId: id, Data: 'x' }]
        const answers = await boto3(api.endpoint, Array(8).fill(post('AAAAAAAAAAAAAAA=')))
        const last = answers.at(-1)
        equal([last.status, last.exception], [429, 'LimitExceededException'], 'the last of 8')
        const error = await api.sdk().send(new PostToConnectionCommand({ ConnectionId: 'AAAAAAAAAAAAAAA=', Data: 'x' })).then(() => null, (error) => error)
        equal(error?.name, 'LimitExceededException', 'the error in JavaScript')
        client.socket.close()
      },
    },
    {
      id: 'requests-rate-default',
      sentence: 'The rate of requests is 10,000 per second with a burst of 5,000 where nothing else is set',
      source: account,
      client: 'the program’s own help',
      async check(session) {
        equal((await session.target.defaults()).requestRate ?? 'no such limit', '10000:5000', 'the rate')
      },
    },
    {
      id: 'close-1008',
      sentence: 'Too many messages from one client close its connection with 1008',
      source: quotas,
      client: 'ws',
      async check(session) {
        const api = await session.api('fewMessages')
        const { client } = await api.connect()
        const { client: other } = await api.connect()
        for (let count = 0; count < 10; count++) client.send(`message ${count}`)
        equal((await client.ended()).code, 1008, 'the close code')
        truth(other.socket.readyState === 1, 'another client’s connection ends too')
        await other.close()
      },
    },
  ],
}
