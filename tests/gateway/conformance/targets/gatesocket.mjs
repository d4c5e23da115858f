// Our gateway as a target: a setup becomes command-line flags.
import { execFile } from 'node:child_process'
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

function flags(setup) {
  return [
    ...runtime(setup),
    ...(setup.routes ?? []).flatMap((key) => ['--route', key]),
    ...flag('route-selection-expression', setup.expression),
    ...flag('idle-timeout', setup.idleTimeout),
    ...flag('max-connection-duration', setup.maxConnectionDuration),
    ...flag('integration-timeout', setup.integrationTimeout),
    ...(setup.flags ?? []),
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
    const value = (name) => Number(new RegExp(`--${name} [^[]*\\[default: ([\\d.]+)`).exec(stdout)?.[1])
    return {
      idleTimeout: value('idle-timeout'),
      maxConnectionDuration: value('max-connection-duration'),
      integrationTimeout: value('integration-timeout'),
    }
  },

  /** Starts the API of a setup; its handler reports to the collector. */
  async start(setup, collector) {
    const gateway = await startGateway(null, [...flags(setup), '--env', `COLLECTOR=${collector}`])
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
