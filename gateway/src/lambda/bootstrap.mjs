// Runs a Node handler against the Lambda Runtime API (version 2018-06-01), as AWS's own Node runtime does.
// Started by the gateway as: node bootstrap.mjs FILE EXPORT
import http from 'node:http'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

const [file, exportName] = process.argv.slice(2)
const endpoint = new URL(`http://${process.env.AWS_LAMBDA_RUNTIME_API}`)
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
let current // the invocation under way: { id, settle }

// The gateway holds this pipe open. When it is gone, however it went, so are we.
process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume()
process.stdin.unref?.()

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const bytes = body === undefined ? undefined : Buffer.from(body)
    const request = http.request(
      {
        agent,
        method,
        hostname: endpoint.hostname,
        port: endpoint.port,
        path: `/2018-06-01/runtime/${path}`,
        headers: bytes ? { 'content-type': 'application/json', 'content-length': bytes.length, ...headers } : headers,
      },
      (response) => {
        const parts = []
        response.on('data', (part) => parts.push(part))
        response.on('end', () => resolve({ headers: response.headers, text: Buffer.concat(parts).toString() }))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(bytes)
  })
}

// Console lines carry time, request id and level, as in CloudWatch.
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

function named(errorType, errorMessage) {
  return { errorType, errorMessage, trace: [] }
}

function reportError(path, report) {
  return call('POST', path, JSON.stringify(report), { 'lambda-runtime-function-error-type': report.errorType })
}

async function die(kind, title, error) {
  const cause = describe(error)
  const report = { errorType: kind, errorMessage: cause.errorMessage, trace: cause.trace }
  try {
    if (current) {
      console.error(`${title} \t${JSON.stringify(report)}`)
      await reportError(`invocation/${current.id}/error`, report)
    } else {
      await reportError('init/error', report)
    }
  } finally {
    process.exit(1)
  }
}
process.on('uncaughtException', (error) => die('Runtime.UncaughtException', 'Uncaught Exception', error))
process.on('unhandledRejection', (error) => die('Runtime.UnhandledPromiseRejection', 'Unhandled Promise Rejection', error))

// When nothing is left that could still answer, AWS answers null.
process.on('beforeExit', () => current?.settle(null, null))

async function load() {
  const module = await import(pathToFileURL(file).href)
  const handler = module[exportName] ?? module.default?.[exportName]
  if (typeof handler === 'function') return handler
  const found = handler === undefined ? 'does not export' : `exports a ${typeof handler}, not a function, as`
  throw Object.assign(new Error(`${basename(file)} ${found} "${exportName}"`), {
    name: 'Runtime.HandlerNotFound',
    stack: '',
  })
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
    fail: (error) => settle(error ?? new Error('handled')),
  }
}

function run(handler, { headers, text }) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => (error === null || error === undefined ? resolve(result) : reject(error))
    current = { id: headers['lambda-runtime-aws-request-id'], settle }
    process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id']
    const deadline = Number(headers['lambda-runtime-deadline-ms'])
    const result = handler(JSON.parse(text), context(headers, deadline, settle), settle)
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

async function serve(handler) {
  for (;;) {
    const invocation = await call('GET', 'invocation/next')
    const id = invocation.headers['lambda-runtime-aws-request-id']
    if (!id) return process.exit(0)
    let answer
    let report
    try {
      answer = stringify(await run(handler, invocation))
    } catch (error) {
      report = error?.errorType === 'Runtime.MarshalError' ? error : describe(error)
      console.error(`Invoke Error \t${JSON.stringify({ ...report, stack: report.trace, trace: undefined })}`)
    }
    current = undefined
    if (report) await reportError(`invocation/${id}/error`, report)
    else await call('POST', `invocation/${id}/response`, answer)
  }
}

let handler
try {
  handler = await load()
} catch (error) {
  await reportError('init/error', describe(error))
  process.exit(1)
}
// A runtime API that is gone means that the gateway is gone.
serve(handler).catch(() => process.exit(0))
