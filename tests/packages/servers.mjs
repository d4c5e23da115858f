// The programs of a fixture: built to the end, or served until the test is over, with all that they start.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { serve as serveFiles } from '../page/site.mjs'

/** Nobody is told that these fixtures were built. */
const QUIET = {
  NEXT_TELEMETRY_DISABLED: '1',
  ASTRO_TELEMETRY_DISABLED: '1',
  PARCEL_DISABLE_TELEMETRY: '1',
  DO_NOT_TRACK: '1',
  NO_COLOR: '1',
  FORCE_COLOR: '0',
  CI: '1',
}

// Those that were left alone, because the run was stopped, end with it.
const running = new Set()
process.on('exit', () => running.forEach((child) => signal(child, 'SIGKILL')))

function signal(child, name) {
  try {
    process.kill(-child.pid, name)
    return true
  } catch {
    return false // The group has ended.
  }
}

/** A command of the fixture's own packages, in a process group of its own; what it prints is kept in `said`. */
function start(command, cwd, environment) {
  const [program, ...words] = command.split(' ')
  const { NODE_ENV, NODE_TEST_CONTEXT, ...rest } = process.env // The test runner's, which tools would go by.
  const env = { ...rest, ...QUIET, ...environment }
  env.PATH = join(cwd, 'node_modules/.bin') + delimiter + env.PATH
  const child = spawn(program, words, { cwd, env, detached: true, stdio: 'pipe' }) // Some end with their input.
  running.add(child)
  const process_ = { child, said: '', ended: once(child, 'close').then(([code]) => code) }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (data) => (process_.said += data))
  return process_
}

/** Runs a command to its end, and resolves to what it printed. */
export async function run(command, cwd, environment = {}) {
  const program = start(command, cwd, environment)
  const code = await program.ended
  await end(program.child)
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${program.said}`)
  return program.said
}

/** What is left of a group, after its first process has ended or should. */
async function end(child, ended) {
  signal(child, 'SIGTERM')
  const patience = Date.now() + 5_000
  while (signal(child, 0) && Date.now() < patience) await Promise.race([ended ?? pause(50), pause(50)])
  signal(child, 'SIGKILL')
  running.delete(child)
}

/** Serves a fixture in a mode; `stop` ends the server and what it started, and resolves to what it printed. */
export async function serve(mode, cwd, environment = {}) {
  if (!mode.serve) {
    const folder = join(cwd, mode.folder)
    const files = await serveFiles({ '/': await readFile(join(folder, 'index.html'), 'utf8') }, folder)
    return { address: files.address, stop: () => files.stop().then(() => '') }
  }
  const port = await freePort()
  const address = `http://localhost:${port}`
  // Some take it from the environment.
  const program = start(mode.serve.replace('{port}', port), cwd, { ...environment, PORT: port, HOST: 'localhost' })
  const stop = async () => {
    await end(program.child, program.ended)
    return program.said
  }
  let isOver = false
  program.ended.then(() => (isOver = true))
  const patience = Date.now() + 120_000
  while (!(await answers(address))) {
    if (isOver || Date.now() > patience) {
      throw new Error(`${mode.serve} ${isOver ? 'ended' : 'does not answer'}:\n${await stop()}`)
    }
    await pause(50)
  }
  return { address, stop }
}

async function answers(address) {
  try {
    await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(60_000) })
    return true
  } catch {
    return false
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
