// Our gateway as a target: a setup becomes command-line flags.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { binary, startGateway } from '../../gateway.mjs'

const run = promisify(execFile)
const handlers = fileURLToPath(new URL('../handlers/', import.meta.url))
const { GATESOCKET_PYTHON } = process.env

const flag = (name, value) => (value === undefined ? [] : [`--${name}`, String(value)])

function runtime(setup) {
  switch (setup.runtime) {
    case undefined:
      return ['--handler', `${handlers}app.mjs`]
    case 'by hand':
      return ['--handler', 'any.name', '--runtime-command', `'${process.execPath}' '${handlers}runtime.mjs'`]
    case 'init error':
      return ['--runtime-command', `'${process.execPath}' '${handlers}init-error.mjs'`]
    case 'awslambdaric':
      return ['--runtime-command', `'${GATESOCKET_PYTHON}' -m awslambdaric python_app.handler`, '--task-root', handlers]
  }
}

/** Files that flags name, in a folder that ends with this process. */
const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
function file(name, value) {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}

function flags(setup, collector) {
  const entries = (object) => Object.entries(object ?? {})
  return [
    ...runtime(setup),
    // Policies name it, whatever this machine's default is.
    '--region', 'us-east-1',
    ...(setup.routes ?? []).flatMap((key) => ['--route', key]),
    ...flag('route-selection-expression', setup.expression),
    ...flag('idle-timeout', setup.idleTimeout),
    ...flag('max-connection-duration', setup.maxConnectionDuration),
    ...flag('integration-timeout', setup.integrationTimeout),
    ...(setup.authorizer ? ['--authorizer', `${handlers}app.mjs:authorize`, '--identity-source', 'route.request.querystring.token'] : []),
    ...entries(setup.stageVariables).flatMap(([name, value]) => ['--stage-variable', `${name}=${value}`]),
    ...(setup.responds ?? []).flatMap((key) => ['--route-response', key]),
    ...entries(setup.mock).flatMap(([key, template]) => ['--mock', `${key}=${template}`]),
    ...(setup.http ?? []).flatMap((key) => ['--http', `${key}=POST ${collector}/http`]),
    ...entries(setup.model).flatMap(([key, schema]) => ['--model', `${key}=${file(`${key}.json`, schema)}`]),
    ...flag('connection-rate', setup.connectionRate),
    ...flag('request-rate', setup.requestRate),
    ...flag('message-rate', setup.messageRate),
    ...(setup.policy ? ['--policy', file(`policy-${setup.policy.length}.json`, { Version: '2012-10-17', Statement: setup.policy })] : []),
    ...(setup.signed ? ['--verify-signatures'] : []),
    ...(setup.serial ? ['--serial'] : []),
    ...(setup.errorFrames ? ['--non-2xx', 'error-frame'] : []),
  ]
}

export const gatesocket = {
  name: 'gatesocket',

  async version() {
    const { stdout } = await run(binary, ['--version'])
    return stdout.trim().split(' ').at(-1)
  },

  /** Defaults in seconds, as the program itself states them. */
  async defaults() {
    const { stdout } = await run(binary, ['--help'])
    const text = (name) => new RegExp(`--${name} [^[]*\\[default: ([\\d.:]+)`).exec(stdout)?.[1]
    const value = (name) => Number(text(name))
    return {
      idleTimeout: value('idle-timeout'),
      maxConnectionDuration: value('max-connection-duration'),
      integrationTimeout: value('integration-timeout'),
      connectionRate: Number(text('connection-rate')?.split(':')[0]),
      requestRate: text('request-rate'),
    }
  },

  /** Starts the API of a setup; its handler reports to the collector. */
  async start(setup, collector) {
    const gateway = await startGateway(null, [...flags(setup, collector), '--env', `COLLECTOR=${collector}`])
    const origin = `http://localhost:${gateway.port}`
    return {
      port: gateway.port,
      ws: gateway.ws,
      wss: gateway.wss,
      caFile: gateway.ca,
      origin,
      stage: 'production',
      endpoint: `${origin}/production`,
      isRunning: () => gateway.process.exitCode === null,
      stop: () => gateway.stop(),
    }
  },
}
