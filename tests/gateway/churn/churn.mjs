// Connections come, talk and go in every way for as long as it is told, while the handler's file changes. Then all is
// counted. By hand: node churn.mjs --minutes 10; prints one JSON object, exits 1 where something is wrong.
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { open } from '../client.mjs'
import { startGateway } from '../gateway.mjs'
import { clients } from './clients.mjs'
import { audit } from './ledger.mjs'
import { look } from './process.mjs'

const IDLE_SECONDS = 3
const PROCESSES = 3
/** What is no growth: the allocator's own spread, in bytes. */
const MEMORY_GROWTH = 8 * 1024 * 1024
/** A change of the handler's file comes this often. */
const CHANGE_EVERY_MS = 5000

/** Waits until a condition holds; false where it does not within the time. */
async function until(holds, ms) {
  for (const end = Date.now() + ms; Date.now() < end; await pause(100)) if (await holds()) return true
  return false
}

/** Runs the churn. Resolves to what was done, and to `faults`, which is empty where nothing was wrong. */
export async function churn({ seconds }) {
  const folder = mkdtempSync(join(tmpdir(), 'gatesocket-churn-'))
  const faults = []
  try {
    return { ...(await run({ seconds, folder, faults })), faults }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function run({ seconds, folder, faults }) {
  const [handler, ledger, temporary] = ['code/handler.mjs', 'ledger', 'tmp'].map((name) => join(folder, name))
  cpSync(fileURLToPath(new URL('handler.mjs', import.meta.url)), handler)
  mkdirSync(temporary)
  writeFileSync(ledger, '')
  const routes = ['$connect', '$disconnect', '$default'].flatMap((route) => ['--route', route])
  const gateway = await startGateway(null, [
    '--handler', handler, ...routes,
    '--idle-timeout', String(IDLE_SECONDS),
    '--connection-rate', '60:50',
    '--concurrency', String(PROCESSES),
  ], { env: { CHURN_LEDGER: ledger, TMPDIR: temporary } })
  const target = { url: gateway.ws.replace('localhost', '127.0.0.1'), port: gateway.port, idleTimeout: IDLE_SECONDS * 1000 }
  const counts = {}

  async function spell(ms) {
    const end = Date.now() + ms
    const loop = async ([name, client]) => {
      while (Date.now() < end && gateway.process.exitCode === null) {
        try {
          const outcome = await client(target)
          const key = outcome === undefined ? name : `${name}: ${outcome}`
          counts[key] = (counts[key] ?? 0) + 1
        } catch (error) {
          if (error.isIdleCut) counts['idle for too long'] = (counts['idle for too long'] ?? 0) + 1
          else faults.push(`${name}: ${error.message}`)
          await pause(200)
        }
        await pause(Math.random() * 100)
      }
    }
    const changes = setInterval(() => appendFileSync(handler, '// changed\n'), CHANGE_EVERY_MS)
    await Promise.all(Object.entries(clients).flatMap((client) => [loop(client), loop(client)]))
    clearInterval(changes)
  }

  const settled = () => until(() => {
    const { connected, disconnected } = audit(ledger)
    return connected === disconnected
  }, 30_000)

  /** All connections gone, all processes there: what the gateway then holds can be compared. */
  async function rest() {
    if (!(await settled())) faults.push('connections were left after 30 s')
    const client = await open(target.url)
    const isFull = await until(async () => {
      for (let count = 0; count < PROCESSES; count += 1) client.send({ do: 'wait' })
      await pause(1500)
      return seen().handlers === PROCESSES
    }, 30_000)
    if (!isFull) faults.push(`${seen().handlers} handler processes are there instead of ${PROCESSES}`)
    await client.close(1000)
    await settled()
    await pause(2500)
    return seen()
  }
  const seen = () => look(gateway.process.pid, handler)

  // The first spell fills caches and pools that are kept on purpose.
  const warmUp = Math.min(15, seconds / 3) * 1000
  await spell(warmUp)
  const before = await rest()
  await spell(seconds * 1000 - warmUp)
  const after = await rest()
  await gateway.stop()

  const { wrong, ...ledgerCounts } = audit(ledger)
  for (const [what, ids] of Object.entries(wrong)) {
    if (ids.length > 0) faults.push(`${what}: ${ids.length}, such as ${ids[0]}`)
  }
  if (after.zombies > 0) faults.push(`${after.zombies} children have ended and were not waited for`)
  const growth = after.memory - before.memory
  if (growth > MEMORY_GROWTH) faults.push(`memory grew by ${growth} bytes`)
  // Each handler process may or may not hold a connection to the management API just then.
  if (after.files > before.files + PROCESSES) faults.push(`open files grew from ${before.files} to ${after.files}`)
  const reloads = gateway.log.text().split(' reloaded (').length - 1
  if (reloads === 0 && seconds * 1000 > 4 * CHANGE_EVERY_MS) faults.push('the handler was never reloaded')
  const left = readdirSync(temporary)
  if (left.length > 0) faults.push(`left behind: ${left.join(', ')}`)
  return { seconds, ...ledgerCounts, reloads, before, after, counts }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
  const result = await churn({ seconds: Number(values.minutes) * 60 })
  console.log(JSON.stringify(result, null, 2))
  process.exitCode = result.faults.length > 0 ? 1 : 0
}
