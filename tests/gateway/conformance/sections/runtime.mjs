import { equal, matches, NotApplicable, truth } from '../expect.mjs'

const runtime = 'Using the Lambda runtime API for custom runtimes'
const environment = 'Working with Lambda environment variables'

/** Sends a message to the runtime that speaks the API by hand and returns what it saw. */
async function invocation(session, text) {
  const api = await session.api('runtimeByHand')
  const client = await api.open()
  const mark = `${text} ${Math.random()}`
  client.send(mark)
  const seen = await api.collector.report('runtime', ({ body }) => body === mark, 'the runtime gets no invocation')
  return { client, seen }
}

export default {
  title: 'Lambda Runtime API',
  rows: [
    {
      id: 'runtime-next',
      sentence: '`invocation/next` hands out the event with the headers Request-Id, Deadline-Ms, Invoked-Function-Arn and Trace-Id',
      source: runtime,
      client: 'a runtime by hand',
      async check(session) {
        const { client, seen } = await invocation(session, 'hello')
        matches(seen.headers['lambda-runtime-aws-request-id'], /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, 'Request-Id')
        const left = seen.headers['lambda-runtime-deadline-ms'] - seen.receivedAt
        truth(left > 0 && left <= 29_000, `Deadline-Ms is ${left} ms ahead`)
        matches(seen.headers['lambda-runtime-invoked-function-arn'], /^arn:aws:lambda:[\w-]+:\d{12}:function:[\w-]+$/, 'Invoked-Function-Arn')
        matches(seen.headers['lambda-runtime-trace-id'], /^Root=1-[\da-f]{8}-[\da-f]{24}/, 'Trace-Id')
        await client.close()
      },
    },
    {
      id: 'runtime-response-202',
      sentence: '`invocation/{id}/response` is answered 202',
      source: runtime,
      client: 'a runtime by hand',
      async check(session) {
        const { client, seen } = await invocation(session, 'hello')
        equal(seen.status, 202, 'the status')
        await client.close()
      },
    },
    {
      id: 'runtime-error-202',
      sentence: '`invocation/{id}/error` is answered 202, and the client gets `Internal server error`',
      source: runtime,
      client: 'a runtime by hand',
      async check(session) {
        const { client, seen } = await invocation(session, 'fail')
        equal(seen.status, 202, 'the status')
        equal(JSON.parse(await client.next()).message, 'Internal server error', 'the frame')
        await client.close()
      },
    },
    {
      id: 'runtime-init-error',
      sentence: '`init/error` is taken, and its message is shown',
      source: runtime,
      client: 'a runtime by hand',
      async check(session) {
        const error = await session.api('initError').then(() => null, (error) => error)
        if (error instanceof NotApplicable) throw error
        truth(error, 'the API starts although its function cannot')
        matches(error.message, /no database/, 'what is shown')
      },
    },
    {
      id: 'runtime-one-at-a-time',
      sentence: 'An instance of a function has one invocation at a time: two at once run in two',
      source: 'Understanding Lambda function scaling',
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client } = await api.connect()
        client.send({ do: { tell: 'one', sleep: 8000 } })
        client.send({ do: { tell: 'two', sleep: 8000 } })
        const of = (name) => api.collector.report('environment', ({ tell }) => tell === name, 'the handler reports nothing')
        const [one, two] = [await of('one'), await of('two')]
        truth(one.instance !== two.instance, 'both run in one')
        await client.close()
      },
    },
    {
      id: 'runtime-environment',
      sentence: 'The function finds its name, version, memory, region, task root and credentials in its environment',
      source: environment,
      client: 'ws',
      async check(session) {
        const api = await session.api('usual')
        const { client } = await api.connect()
        client.send({ do: { tell: 'environment' } })
        const seen = (await api.collector.report('environment', ({ tell }) => tell === 'environment', 'the handler reports nothing')).environment
        const names = ['_HANDLER', 'LAMBDA_TASK_ROOT', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
        equal(names.filter((name) => !seen[name]), [], 'missing')
        equal([seen._HANDLER, seen.AWS_LAMBDA_FUNCTION_VERSION], ['app.handler', '$LATEST'], '_HANDLER and version')
        await client.close()
      },
    },
    {
      id: 'runtime-sdk-by-address',
      sentence: 'A handler’s SDK reaches the management API by an explicit https address',
      source: 'Use @connections commands in your backend service',
      client: 'AWS SDK for JavaScript in the handler',
      check: (session) => posts(session, 'address'),
    },
    {
      id: 'runtime-sdk-by-environment',
      sentence: 'A handler’s SDK reaches it by AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI too',
      source: 'Service-specific endpoints (AWS SDKs and Tools Reference Guide)',
      client: 'AWS SDK for JavaScript in the handler',
      check: (session) => posts(session, 'environment'),
    },
    {
      id: 'runtime-awslambdaric',
      sentence: 'Python’s awslambdaric runs a handler unmodified, and its boto3 posts to the client over https',
      source: 'Building Lambda functions with Python',
      client: 'awslambdaric and boto3 in the handler',
      async check(session) {
        const api = await session.api('python')
        const client = await api.open()
        client.send('hello')
        const answer = JSON.parse(await client.next())
        equal(answer.from, 'python', 'what arrives')
        await client.close()
      },
    },
  ],
}

async function posts(session, postBy) {
  if (session.target.endpointIsGiven) {
    if (postBy === 'environment') throw new NotApplicable('the variable is for a laptop; the service does not set it')
    throw new Error('a handler must be told the address of the callback API')
  }
  const api = await session.api('usual')
  const { client } = await api.connect()
  client.send({ do: { post: `by ${postBy}`, postBy } })
  equal(await client.next(), `by ${postBy}`, 'what arrives')
  await client.close()
}
