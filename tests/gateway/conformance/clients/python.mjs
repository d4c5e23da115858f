// Runs the Python clients, which play a script and print what happened.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { patience } from '../expect.mjs'

const run = promisify(execFile)

async function play(name, script) {
  const file = fileURLToPath(new URL(`${name}_client.py`, import.meta.url))
  const running = run(process.env.GATESOCKET_PYTHON, [file], { timeout: 60_000, maxBuffer: 64 << 20 })
  running.child.stdin.end(JSON.stringify(script))
  const { stdout } = await running.catch(({ stderr, message }) => Promise.reject(new Error(stderr?.trim().split('\n').at(-1) || message)))
  return JSON.parse(stdout)
}

/** Plays steps on one connection with the package `websockets`; resolves to one value for each step. */
export async function websockets(url, steps, options) {
  const seen = await play('websockets', { url, steps, patience: patience.ms / 1000, ...options })
  if (seen.refused && steps.length) throw new Error(`the upgrade is refused with ${seen.refused}`)
  return seen
}

/** Calls the management API with boto3; resolves to one answer for each call. */
export const boto3 = (endpoint, calls, options) => play('boto3', { endpoint, calls, ...options })
