// A folder with the packed package as npm would install it, and processes that run there.
import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { connectionIdHandler, startGateway } from '../gateway/gateway.mjs'
import { PROGRAMS } from './programs.mjs'

const TARBALL =
  process.env.GATESOCKET_TARBALL ?? fileURLToPath(new URL('../../target/npm/gatesocket-0.1.0.tgz', import.meta.url))
export const MODULES = fileURLToPath(new URL('node_modules/', import.meta.url))

/** Registers set-up and clean-up of a file's tests: a local gateway, and a place with the package. */
export function setting() {
  const own = {}
  before(async () => {
    own.gateway = await startGateway(null, ['--handler', connectionIdHandler])
    own.place = await makePlace()
  })
  after(async () => {
    await own.gateway?.stop()
    await own.place?.remove()
  })
  return own
}

/** Makes the folder, with all programs. */
async function makePlace() {
  const folder = await mkdtemp(join(tmpdir(), 'gatesocket-engines-'))
  const installed = join(folder, 'node_modules/gatesocket')
  await mkdir(installed, { recursive: true })
  execFileSync('tar', ['-xzf', TARBALL, '-C', installed, '--strip-components=1'])
  await symlink(join(MODULES, 'ws'), join(folder, 'node_modules/ws'))
  await writeFile(join(folder, 'package.json'), '{ "dependencies": { "gatesocket": "*" } }\n')
  for (const [name, text] of Object.entries(PROGRAMS)) await writeFile(join(folder, name), text)
  return {
    folder,
    installed,
    /** Runs a process to its own end; what is still running after two minutes is killed, and has no code. */
    run(program, given, environment = {}) {
      const child = spawn(program, given, {
        cwd: folder,
        env: { ...process.env, NODE_ENV: '', DENO_NO_UPDATE_CHECK: '1', ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const said = { out: '', errors: '' }
      child.stdout.on('data', (data) => (said.out += data))
      child.stderr.on('data', (data) => (said.errors += data))
      const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
      return new Promise((resolve, reject) => {
        child.on('error', reject)
        child.on('close', (code) => {
          clearTimeout(timer)
          resolve({ code, ...said })
        })
      })
    },
    remove: () => rm(folder, { recursive: true }),
  }
}
