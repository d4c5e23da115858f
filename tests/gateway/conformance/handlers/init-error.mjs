// A runtime that cannot initialise and says so as the Lambda Runtime API wants it.
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
const answer = await fetch(`${api}/init/error`, {
  method: 'POST',
  body: JSON.stringify({ errorMessage: 'no database', errorType: 'Runtime.Init', stackTrace: [] }),
})
await fetch(`${process.env.COLLECTOR}/init`, { method: 'POST', body: JSON.stringify({ status: answer.status }) })
process.exit(1)
