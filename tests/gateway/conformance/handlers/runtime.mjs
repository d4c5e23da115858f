// A runtime that speaks the Lambda Runtime API by hand and reports what the API answers.
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
const report = (value) => fetch(`${process.env.COLLECTOR}/runtime`, { method: 'POST', body: JSON.stringify(value) })
const fault = { errorMessage: 'said so', errorType: 'Test.Error', stackTrace: ['here'] }

for (;;) {
  const next = await fetch(`${api}/invocation/next`)
  const id = next.headers.get('lambda-runtime-aws-request-id')
  const event = await next.json()
  const fails = event.body?.includes('fail')
  const answer = await fetch(`${api}/invocation/${id}/${fails ? 'error' : 'response'}`, {
    method: 'POST',
    body: JSON.stringify(fails ? fault : { statusCode: 200 }),
  })
  await report({
    body: event.body,
    eventType: event.requestContext.eventType,
    headers: Object.fromEntries(next.headers),
    receivedAt: Date.now(),
    status: answer.status,
    handler: process.env._HANDLER,
  })
}
