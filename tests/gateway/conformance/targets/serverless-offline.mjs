// serverless-offline as a target: a setup becomes a serverless.json in a folder of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MissingFeature, NotApplicable, within } from '../expect.mjs'

const packages = fileURLToPath(new URL('../../../../bench/serverless-offline/node_modules/', import.meta.url))
const handlers = new URL('../handlers/', import.meta.url)
const version = (name) => JSON.parse(readFileSync(join(packages, name, 'package.json'))).version

// Dummies: nothing here talks to AWS, but the framework asks for them.
const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_SESSION_TOKEN: 'local', AWS_REGION: 'us-east-1' }

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, 'localhost'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

function service(setup, environment) {
  const event = (route) => ({
    websocket: {
      route,
      ...(setup.authorizer && route === '$connect' && { authorizer: { name: 'authorize', identitySource: ['route.request.querystring.token'] } }),
      ...(setup.responds?.includes(route) && { routeResponseSelectionExpression: '$default' }),
    },
  })
  return {
    service: 'conformance',
    provider: {
      name: 'aws',
      runtime: 'nodejs20.x',
      stage: 'production',
      ...(setup.expression && { websocketsApiRouteSelectionExpression: setup.expression }),
      environment,
    },
    plugins: ['serverless-offline'],
    functions: {
      app: {
        handler: 'app.handler',
        timeout: setup.integrationTimeout ?? 29,
        events: (setup.routes ?? ['$connect', '$disconnect', '$default']).map(event),
      },
      authorize: { handler: 'app.authorize' },
    },
  }
}

export const serverlessOffline = {
  name: 'serverless-offline',
  /** Its events name no address at which a handler finds the callback API. */
  endpointIsGiven: true,

  async version() {
    return `${version('serverless-offline')} with osls ${version('osls')}`
  },

  async defaults() {
    const options = readFileSync(join(packages, 'serverless-offline/src/config/commandOptions.js'), 'utf8')
    const value = (name) => Number(new RegExp(`${name}: \\{[^}]*Default: (\\d+)`).exec(options)?.[1])
    return { idleTimeout: value('webSocketIdleTimeout'), maxConnectionDuration: value('webSocketHardTimeout') }
  },

  async start(setup, collector) {
    if (setup.without) throw new MissingFeature(setup.without)
    if (setup.ours) throw new NotApplicable(setup.ours)
    const folder = mkdtempSync(join(tmpdir(), 'serverless-offline-'))
    const [http, lambda, alb, port] = await freePorts(4)
    const origin = `http://localhost:${port}`
    const environment = { COLLECTOR: collector, POST_ENDPOINT: origin, ...credentials }
    writeFileSync(join(folder, 'serverless.json'), JSON.stringify(service(setup, environment)))
    writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
    writeFileSync(join(folder, 'app.mjs'), `export * from ${JSON.stringify(pathToFileURL(fileURLToPath(new URL('app.mjs', handlers))))}\n`)
    symlinkSync(packages, join(folder, 'node_modules'))
    const child = spawn(
      join(packages, '.bin/osls'),
      ['offline', '--noSponsor', '--httpPort', http, '--lambdaPort', lambda, '--albPort', alb, '--websocketPort', port,
        ...(setup.idleTimeout ? ['--webSocketIdleTimeout', setup.idleTimeout] : []),
        ...(setup.maxConnectionDuration ? ['--webSocketHardTimeout', setup.maxConnectionDuration] : [])].map(String),
      { cwd: folder, env: { ...process.env, ...credentials, FORCE_COLOR: '0' }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    )
    const lines = []
    const exited = once(child, 'exit')
    const stop = async () => {
      try {
        // It starts children of its own.
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Gone already.
      }
      await exited
      rmSync(folder, { recursive: true, force: true })
    }
    const ready = new Promise((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          lines.push(line)
          if (line.includes('[http for websocket] listening')) resolve()
        })
      }
    })
    try {
      await within(Promise.race([ready, exited.then(() => Promise.reject(new Error(`serverless-offline ended:\n${lines.join('\n')}`)))]), 'serverless-offline did not start', 60_000)
    } catch (error) {
      await stop()
      throw error
    }
    return { port, ws: `ws://localhost:${port}/`, origin, stage: 'production', endpoint: origin, isRunning: () => child.exitCode === null, stop }
  },
}
