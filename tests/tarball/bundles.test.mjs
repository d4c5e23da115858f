// What a bundler takes of the packed package: what is imported, of one of its two builds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from 'esbuild'
import { existsSync, readFileSync } from 'node:fs'

const folder = process.env.GATESOCKET_INSTALLED
const { exports } = JSON.parse(readFileSync(`${folder}/node_modules/gatesocket/package.json`, 'utf8'))

/** Every name that leads to JavaScript; what is none has one file for modules and CommonJS. */
const names = Object.keys(exports)
  .filter((path) => exports[path].import)
  .map((path) => `gatesocket${path.slice(1)}`)

/** Bundles a page's code; the text, the package's files that are in it, and what it still imports. */
async function bundle(contents, options = {}) {
  const built = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    external: ['react', 'react-dom'],
    absWorkingDir: folder,
    logLevel: 'error',
    ...options,
  })
  const [output] = Object.values(built.metafile.outputs)
  const files = Object.entries(output.inputs).filter(([path, { bytesInOutput }]) => path.includes('gatesocket') && bytesInOutput > 0)
  return {
    text: built.outputFiles[0].text,
    files: files.map(([path]) => path),
    imports: output.imports.map(({ path }) => path),
  }
}

/** How the wasm as text begins (`xtask/src/inlined.rs`): with "\0asm" and a version. */
const WASM = /%eKe\^eW&%%%/

test('getConnectionId alone brings no React code', async () => {
  const { files, imports, text } = await bundle(`import { getConnectionId } from 'gatesocket'; getConnectionId('wss://a')`)
  assert.deepEqual(imports, [])
  assert.deepEqual(files, ['node_modules/gatesocket/esm/index.js'])
  assert.match(text, WASM)
})

test('the error class alone brings nothing else', async () => {
  const { text } = await bundle(`import { GateSocketError } from 'gatesocket'; console.log(GateSocketError)`)
  assert.ok(text.length < 300, `${text.length} bytes: ${text}`)
})

test('an import of which nothing is used brings nothing', async () => {
  for (const name of names) {
    const { files } = await bundle(`import * as unused from '${name}'; import '${name}'`)
    assert.deepEqual(files, [], name)
  }
})

test('hooks bring one core, that of the main entry', async () => {
  const { files, imports } = await bundle(`export * from 'gatesocket'; export * from 'gatesocket/react'`)
  assert.deepEqual([...new Set(imports)], ['react'])
  assert.deepEqual(files, ['node_modules/gatesocket/esm/index.js', 'node_modules/gatesocket/esm/react.js'])
})

for (const format of ['esm', 'cjs']) {
  const page = (name) => (format === 'esm' ? `export * from '${name}'` : `console.log(require('${name}'))`)

  test(`development takes the development build of what holds the wasm, other pages the release alone (${format})`, async () => {
    for (const name of names) {
      const development = await bundle(page(name), { conditions: ['development'] })
      const others = [await bundle(page(name)), await bundle(page(name), { conditions: ['production'] })]
      for (const { files } of others) {
        assert.ok(files.every((path) => path.includes(`/${format}/`) && !path.includes('/development/')), `${name}: ${files}`)
        assert.equal(files.length, development.files.length)
      }
      const holdsWasm = others.some(({ files }) => files.some((path) => path.endsWith(`/${format}/index.js`)))
      const expected = (path) => path.includes(`/${format}/development/`) === holdsWasm
      assert.ok(development.files.every(expected), `${name}: ${development.files}`)
    }
  })
}

test('no path of the machine that built it is in any file', () => {
  for (const format of ['esm', 'cjs']) {
    for (const kind of ['', 'development/']) {
      const file = `${folder}/node_modules/gatesocket/${format}/${kind}index.js`
      assert.ok(existsSync(file))
      assert.doesNotMatch(readFileSync(file, 'utf8'), /\/(root|home|Users|tmp)\//)
    }
  }
})
