// Runs a Node handler against the Lambda Runtime API (version 2018-06-01), as AWS's own Node runtime does.
// Started by the gateway as: node bootstrap.mjs HANDLER [FILE]; without FILE the handler's name means a module of
// LAMBDA_TASK_ROOT.
import { connect } from 'node:net'
import { format } from 'node:util'
import { load } from './load.mjs'

const [handlerName, file] = process.argv.slice(2)
const endpoint = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}`)
const LARGEST_ANSWER = 6 * 1024 * 1024 // Lambda quotas: invocation payload, synchronous
let current // the invocation under way: { id, settle }
let loaded = false

process.env.AWS_EXECUTION_ENV ??= `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`
globalThis.awslambda = {
  streamifyResponse() {
    throw new Error('awslambda.streamifyResponse makes a handler that streams its response, and WebSocket APIs have none: export the plain async function, and send to the client with PostToConnection')
  },
}

// The gateway holds this pipe open. When it is gone, however it went, so are we.
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume()
process.stdin.unref?.()

// The Runtime API over one connection. Requests may be written before the answer to the one before has come, and
// answers come in their order; `node:http` cannot do that, and costs more than a short handler.
const socket = connect(Number(endpoint.port), endpoint.hostname).setNoDelay(true)
const unanswered = []
let received = Buffer.alloc(0)

// A Runtime API that is gone means that the gateway is gone.
socket.on('error', () => process.exit(0)).on('close', () => process.exit(0)).on('data', (data) => {
  received = received.length ? Buffer.concat([received, data]) : data
  for (;;) {
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    const lines = received.toString('latin1', 0, end).split('\r\n').slice(1)
    const headers = Object.fromEntries(lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim(),
    ]))
    const next = end + 4 + Number(headers['content-length'] ?? 0)
    if (received.length < next) return
    const text = received.toString('utf8', end + 4, next)
    received = received.subarray(next)
    unanswered.shift()({ headers, text })
    // While a handler runs, this connection keeps no process alive: see `beforeExit`.
    if (unanswered.length === 0) socket.unref()
  }
})

function request(method, path, body = '', headers = '') {
  const length = method === 'POST' ? `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` : ''
  return `${method} /2018-06-01/runtime/${path} HTTP/1.1\r\nhost: ${endpoint.host}\r\n${length}${headers}\r\n${body}`
}

/** Sends requests in one piece; resolves to the answer to the last. */
function call(...requests) {
  socket.ref()
  return new Promise((resolve) => {
    for (const _ of requests.slice(1)) unanswered.push(() => {})
    unanswered.push(resolve)
    socket.write(requests.join(''))
  })
}

// Console lines carry time, request id and level, as in CloudWatch. Node prints its warnings (`process.emitWarning`)
// through `console.error`, so they are tagged ERROR there (aws/aws-sdk-js pull request 4364 shows one) and here.
for (const [method, level] of Object.entries({
  log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE',
})) {
  console[method] = (...values) => {
    process.stdout.write(`${new Date().toISOString()}\t${current?.id ?? ''}\t${level}\t${format(...values)}\n`)
  }
}

function describe(error) {
  if (error instanceof Error || typeof error?.message === 'string') {
    const stack = typeof error.stack === 'string' ? error.stack : String(error.message)
    return { errorType: error.name || 'Error', errorMessage: String(error.message), trace: stack.split('\n') }
  }
  return { errorType: typeof error, errorMessage: format(error), trace: [] }
}

const own = new WeakSet() // reports of this file, which need no description

function named(errorType, errorMessage) {
  const report = { errorType, errorMessage, trace: [] }
  own.add(report)
  return report
}

function errorRequest(path, report) {
  const type = String(report.errorType).replace(/[^!-~]+/g, '_') // it becomes a header
  return request('POST', path, JSON.stringify(report), `lambda-runtime-function-error-type: ${type}\r\n`)
}

async function die(kind, title, error) {
  const cause = describe(error)
  const report = { errorType: kind, errorMessage: cause.errorMessage, trace: cause.trace }
  const id = current?.id
  if (loaded) console.error(`${title} \t${JSON.stringify(report)}`)
  // Between invocations nobody waits for the report, and the connection waits for the next invocation.
  if (id || !loaded) await call(errorRequest(id ? `invocation/${id}/error` : 'init/error', report))
  process.exit(1)
}
process.on('uncaughtException', (error) => die('Runtime.UncaughtException', 'Uncaught Exception', error))
process.on('unhandledRejection', (error) => die('Runtime.UnhandledPromiseRejection', 'Unhandled Promise Rejection', error))

// Nothing is left that could do anything: see `run`.
process.on('beforeExit', () => {
  const act = current?.whenIdle
  if (act) current.whenIdle = undefined
  act?.()
})

/** The line of an error in the log, with what else the error carries, such as `code` or the SDK's `$metadata`. */
function logged(error, { errorType, errorMessage, trace }) {
  const own = error instanceof Error ? error : {}
  try {
    return JSON.stringify({ errorType, errorMessage, ...own, stack: trace })
  } catch {
    return JSON.stringify({ errorType, errorMessage, stack: trace })
  }
}

function context(headers, deadline, settle) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    clientContext: undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: (error, result) => settle(error, result),
    succeed: (result) => settle(null, result),
    fail: (error) => settle(error ?? 'handled'),
  }
}

function run(handler, { headers, text }) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => (error === null || error === undefined ? resolve(result) : reject(error))
    // A handler that leaves nothing to wait for and has not answered: an async one never will, others answer null.
    const isAsync = handler.constructor.name === 'AsyncFunction'
    const unanswered = () => (isAsync
      ? reject(named('Runtime.NodeJsExit', 'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled.'))
      : resolve(null))
    const invocation = { id: headers['lambda-runtime-aws-request-id'], whenIdle: unanswered }
    current = invocation
    process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id']
    const given = context(headers, Number(headers['lambda-runtime-deadline-ms']), settle)
    let called = false
    const callback = (error, result) => {
      if (called) return
      called = true
      const waits = given.callbackWaitsForEmptyEventLoop && (error === null || error === undefined)
      if (waits) invocation.whenIdle = () => resolve(result)
      else settle(error, result)
    }
    const result = handler(JSON.parse(text), given, callback)
    // Like AWS: what a handler returns counts only when it is a promise; others answer through the callback.
    if (typeof result?.then === 'function') result.then(resolve, reject)
  })
}

function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null'
  } catch {
    throw named('Runtime.MarshalError', 'Unable to stringify response body')
  }
}

async function answer(handler, invocation, id) {
  try {
    const text = stringify(await run(handler, invocation))
    const size = Buffer.byteLength(text)
    if (size <= LARGEST_ANSWER) return request('POST', `invocation/${id}/response`, text)
    throw named('Function.ResponseSizeTooLarge', `Response payload size (${size} bytes) exceeded maximum allowed payload size (${LARGEST_ANSWER} bytes).`)
  } catch (error) {
    const report = own.has(error) ? error : describe(error)
    console.error(`Invoke Error \t${logged(error, report)}`)
    return errorRequest(`invocation/${id}/error`, report)
  } finally {
    current = undefined
  }
}

async function serve(handler) {
  const next = request('GET', 'invocation/next')
  let invocation = await call(next)
  for (;;) {
    const id = invocation.headers['lambda-runtime-aws-request-id']
    if (!id) return process.exit(0)
    invocation = await call(await answer(handler, invocation, id), next)
  }
}

let handler
try {
  handler = await load(handlerName, process.env.LAMBDA_TASK_ROOT, file)
  loaded = true
} catch (error) {
  await call(errorRequest('init/error', describe(error)))
  if (!error?.syntaxError?.stack.startsWith('SyntaxError')) process.exit(1)
  // Node keeps the place of a syntax error in an ES module to itself, and shows it when nobody catches the error.
  process.removeAllListeners('uncaughtException')
  setImmediate(() => { throw error.syntaxError })
  await new Promise(() => {})
}
serve(handler)
