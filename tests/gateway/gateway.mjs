// Starts the real gateway for a test and always stops it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
export const binary = process.env.GATESOCKET_GATEWAY ?? `${root}target/debug/gatesocket-gateway`

// A test that is stopped from outside takes its gateways along.
const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1))

/** The path of a handler under handlers/. */
export function fixture(name) {
  return fileURLToPath(new URL(`handlers/${name}`, import.meta.url))
}

/** The backend of the three steps. */
export const connectionIdHandler = `${root}lambda/connection-id/index.mjs`

/** Runs the gateway with arguments that it should refuse, `{ env }` last; resolves to its exit code and output. */
export async function refused(...args) {
  const { env } = typeof args.at(-1) === 'object' ? args.pop() : {}
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].on('data', (data) => (output[name] += data))
  const [code] = await once(child, 'close')
  return { code, ...output }
}

/** How long a stop waits for what does not end, in milliseconds. */
const SHUTDOWN_PATIENCE = 3000

/**
 * Fails where a stop waits until its patience is over. `stop` makes a gateway and stops it, and tells how long the stop took:
 * a busy machine may take as long once; what waits does so every time.
 */
export async function doesNotWait(stop) {
  for (let time = 1; ; time++) {
    const took = await stop()
    if (took < SHUTDOWN_PATIENCE - 200) return
    if (time === 3) throw new Error(`the stop took ${took} ms`)
  }
}

class Log {
  #lines = []
  #waiting = new Set()

  add(line) {
    this.#lines.push(line)
    for (const look of this.#waiting) look()
  }

  /** Resolves to the first `count` lines that match, as soon as there are so many. */
  lines(pattern, count) {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.#lines.filter((line) => pattern.test(line))
        if (found.length < count) return
        this.#waiting.delete(look)
        resolve(found.slice(0, count))
      }
      this.#waiting.add(look)
      look()
    })
  }

  async line(pattern) {
    const [line] = await this.lines(pattern, 1)
    return line
  }

  text() {
    return this.#lines.join('\n')
  }
}

/**
 * Starts a gateway, on a free port where no other is asked for, and waits until it is ready. It is stopped after `test`, a test's context, or by its
 * `stop` where that is null.
 */
export async function startGateway(test, args, { env } = {}) {
  const port = args.includes('--port') ? [] : ['--port', '0']
  const child = spawn(binary, [...port, '--ready-json', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  running.add(child)
  const exited = once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    return { code, signal }
  })
  const log = new Log()
  createInterface({ input: child.stderr }).on('line', (line) => log.add(line))
  const ready = once(createInterface({ input: child.stdout }), 'line')
  const gateway = {
    process: child,
    exited,
    log,
    /** Sends a signal and waits for the end. */
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return exited
    },
  }
  test?.after(() => gateway.stop())
  const [line] = await Promise.race([
    ready,
    exited.then(({ code }) => Promise.reject(new Error(`the gateway ended with ${code}:\n${log.text()}`))),
  ])
  return Object.assign(gateway, JSON.parse(line))
}
