// The real local gateway as a process of its own, on a free port.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Starts the gateway; resolves with its addresses, what it logged, and `stop`. */
export async function startGateway(handler = 'lambda/connection-id/index.mjs', ...more) {
  const program = process.env.GATESOCKET_GATEWAY || 'target/release/gatesocket-gateway'
  const child = spawn(program, ['--port', '0', '--ready-json', '--handler', handler, ...more], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk) => (log += chunk))
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const first = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once('line', resolve)),
    exited.then((code) => Promise.reject(new Error(`the gateway exited with ${code}: ${log}`))),
  ])
  return {
    ...JSON.parse(first),
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}
