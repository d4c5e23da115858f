// Hermes, the engine of React Native, which has no WebAssembly: what the package says there. The program goes the way that
// those of React Native go: one bundle, which Babel writes in the JavaScript that Hermes knows.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MODULES, setting } from './place.mjs'

const HERMES = join(MODULES, 'hermes-engine-cli/linux64-bin/hermes')
const requireOf = (folder) => createRequire(fileURLToPath(new URL(`../../${folder}/package.json`, import.meta.url)))
const { build } = requireOf('pkg-template')('esbuild')
const jest = requireOf('tests/jest')
const { transformAsync } = jest('@babel/core')
const own = setting()

// Its package has the same files for every machine.
const isForHere = process.platform === 'linux' && process.arch === 'x64' && existsSync(HERMES)

/** Runs a text that imports the package, and reads the line of JSON that it prints. */
async function printed(name, contents) {
  const { place } = own
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: place.folder },
    bundle: true,
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  // Babel has no name for what Hermes knows; it knows all that this browser knew.
  const presets = [[jest.resolve('@babel/preset-env'), { targets: { ie: '11' } }]]
  const { code } = await transformAsync(outputFiles[0].text, { presets, configFile: false, sourceType: 'script', compact: true })
  await writeFile(join(place.folder, name), code)
  const said = await place.run(HERMES, ['-w', name])
  assert.equal(said.errors, '')
  return JSON.parse(said.out)
}

for (const [what, before] of [
  ['as it is', ''],
  // As far as React Native's own has it: the parts of an address throw.
  [
    'with the URL of React Native',
    `globalThis.URL = class URL {
      constructor(text) { this.href = text }
      get protocol() { throw new Error('URL.protocol is not implemented') }
    }`,
  ],
]) {
  test(`in Hermes ${what} the error says that it has no WebAssembly`, { skip: isForHere ? false : 'not installed on this kind of machine' }, async () => {
    const { code, message } = await printed(
      'hermes.js',
      `import { connect } from 'gatesocket'
      ${before}
      try {
        connect('wss://example.com/')
        print('"nothing failed"')
      } catch ({ code, message }) {
        print(JSON.stringify({ code, message }))
      }`,
    )
    assert.equal(code, 'unsupported')
    assert.match(message, /^There is no WebAssembly here.*Hermes.*WebView/)
  })
}
