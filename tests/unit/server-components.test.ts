// Where React renders server components, its own entry lacks most hooks. Importing the package there does nothing.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatesocket-components-'))
  await mkdir(join(folder, 'node_modules'))
  await cp(here('../../pkg'), join(folder, 'node_modules/gatesocket'), { recursive: true })
  await symlink(here('node_modules/react'), join(folder, 'node_modules/react'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What a script prints, run by Node as a server of server components resolves packages. */
async function run(type: 'module' | 'commonjs', script: string) {
  const given = ['--conditions=react-server', `--input-type=${type}`, '--eval', script]
  return (await promisify(execFile)('node', given, { cwd: folder })).stdout.trim()
}

const load = (type: string, name: string) => (type === 'module' ? `await import('${name}')` : `require('${name}')`)

for (const type of ['module', 'commonjs'] as const) {
  test(`imported as ${type} where server components are rendered, the package does nothing`, async () => {
    const script = `
      if (${load(type, 'react')}.useState) throw new Error('this is not the React of server components')
      const before = Object.keys(globalThis).length
      const main = ${load(type, 'gatesocket')}, hooks = ${load(type, 'gatesocket/react')}
      console.log(typeof main.connect, typeof hooks.useGateSocket, Object.keys(globalThis).length - before)`
    expect(await run(type, script)).toBe('function function 0')
  })

  test(`each hook called there, imported as ${type}, says what to do`, async () => {
    const script = `
      const { GateSocketError } = ${load(type, 'gatesocket')}
      const hooks = ${load(type, 'gatesocket/react')}
      for (const [name, hook] of Object.entries(hooks)) {
        if (typeof hook !== 'function') continue
        try {
          hook(...({ GateSocketProvider: [{ url: 'ws://x/' }], useMessage: [() => {}], useMessages: [] }[name] ?? ['ws://x/']))
          console.log(name, 'threw nothing')
        } catch (error) {
          if (!(error instanceof GateSocketError) || error.code !== 'unsupported' || !/'use client'/.test(error.message)) {
            console.log(name, error)
          }
        }
      }
      console.log(Object.keys(hooks).filter((name) => typeof hooks[name] === 'function').length)`
    expect(await run(type, script)).toBe('8')
  })
}
