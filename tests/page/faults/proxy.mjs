// Our fault proxy (tests/fault-proxy) as a test uses it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const binary = process.env.GATESOCKET_FAULT_PROXY ?? `${root}target/release/gatesocket-fault-proxy`

// A test that is stopped from outside takes its proxies along.
const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** Starts a proxy to a port of this machine. */
export async function startFaultProxy(port, { seed = 0, buffer = 16_384 } = {}) {
  const args = [`localhost:${port}`, '--seed', String(seed), '--buffer', String(buffer)]
  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  running.add(child)
  const exited = once(child, 'exit').then(([code]) => {
    running.delete(child)
    return code
  })
  const waiting = new Map()
  let listens
  const listening = new Promise((resolve) => (listens = resolve))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line)
    if (said.port) listens(said.port)
    if (said.error) throw new Error(`the fault proxy did not understand ${said.line}: ${said.error}`)
    waiting.get(said.id)?.(said.struck)
    waiting.delete(said.id)
  })
  const failed = exited.then((code) => Promise.reject(new Error(`the fault proxy ended with ${code}`)))
  failed.catch(() => {})
  let commands = 0
  return {
    port: await Promise.race([listening, failed]),
    /** Commands a fault; resolves to the number of connections that it has struck, when it has struck them. */
    strike: (fault) =>
      Promise.race([
        failed,
        new Promise((resolve) => {
          waiting.set(++commands, resolve)
          child.stdin.write(`${JSON.stringify({ id: commands, ...fault })}\n`)
        }),
      ]),
    stop: () => {
      child.stdin.end()
      return exited
    },
  }
}
