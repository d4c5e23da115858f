// The edge runtime of Cloudflare, which compiles no WebAssembly at run time: what the package says there, and that
// gatesocket/slim works with the module that was compiled before.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MODULES, setting } from './place.mjs'

const WORKERD = join(MODULES, '@cloudflare/workerd-linux-64/bin/workerd')
const { build } = createRequire(fileURLToPath(new URL('../../pkg-template/package.json', import.meta.url)))('esbuild')
const own = setting()

/** Bundles a text that imports the package. */
async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: own.place.folder },
    bundle: true,
    write: false,
    format: 'esm',
    external: ['./core.wasm'],
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return outputFiles[0].text
}

/** Serves a worker, asks it once, and returns its answer. */
async function ask(t, name, worker) {
  const { gateway, place } = own
  await writeFile(join(place.folder, `${name}.js`), await bundled(worker))
  await copyFile(join(place.installed, 'core.wasm'), join(place.folder, 'core.wasm'))
  const config = join(place.folder, `${name}.capnp`)
  await writeFile(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = (
          modules = [(name = "worker", esModule = embed "${name}.js"), (name = "./core.wasm", wasm = embed "core.wasm")],
          compatibilityDate = "2025-01-01",
          bindings = [(name = "URL", text = "${gateway.ws}")],
        )),
        (name = "internet", network = (allow = ["public", "private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );`,
  )
  const child = spawn(WORKERD, ['serve', config, '--control-fd=3'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  t.after(() => child.kill())
  const port = await new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`workerd ended with ${code}`)))
    let said = ''
    child.stdio[3].on('data', (data) => {
      said += data
      const port = said.match(/"event":"listen".*"port":(\d+)/)?.[1]
      if (port) resolve(port)
    })
  })
  return (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(120_000) })).json()
}

const unlessMissing = { skip: existsSync(WORKERD) ? false : 'not installed on this kind of machine' }

test("in Cloudflare's workerd a session of gatesocket/slim talks", unlessMissing, async (t) => {
  const seen = await ask(
    t,
    'slim',
    `import { connect, init } from 'gatesocket/slim'
    import core from './core.wasm'
    export default {
      async fetch(request, { URL }) {
        await init(core)
        const socket = connect(URL)
        const id = await socket.ready()
        const answer = new Promise((resolve) => socket.on('message', resolve))
        await socket.send({ action: 'ECHO', data: 1 })
        const { echo } = await answer
        socket.close()
        return Response.json({ id, echo, status: socket.status })
      },
    }`,
  )
  assert.match(seen.id, /^[\w-]{15}=$/)
  assert.deepEqual([seen.echo, seen.status], [1, 'closed'])
})

test("in Cloudflare's workerd the error of the inlined form names gatesocket/slim", unlessMissing, async (t) => {
  const seen = await ask(
    t,
    'main',
    `import { connect } from 'gatesocket'
    export default {
      fetch(request, { URL }) {
        try {
          connect(URL)
        } catch ({ code, message }) {
          return Response.json({ code, message })
        }
      },
    }`,
  )
  assert.equal(seen.code, 'unsupported')
  assert.match(seen.message, /edge runtime .*gatesocket\/slim/)
})
