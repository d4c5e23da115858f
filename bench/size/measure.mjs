// How many bytes a page loads for each entry of the package, and for each peer: bundled by esbuild as for a
// production build, minified, React left out. Prints JSON.
//
//   node measure.mjs INSTALLED [--peers]
//
// INSTALLED is a folder in whose node_modules the packed package is.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { PEERS } from './peers.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const template = fileURLToPath(new URL('../../pkg-template/', import.meta.url))
const esbuild = createRequire(`${template}package.json`)('esbuild')

const [installed, peers] = process.argv.slice(2)

const COMMON = {
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'error',
  define: { 'process.env.NODE_ENV': '"production"' },
  external: ['react', 'react/jsx-runtime', 'react-dom'],
}

/** Bytes as they are, and as servers send them: gzip's level 9 and brotli's 11. */
function sizes(bytes) {
  const text = Buffer.from(bytes)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
  }
  return {
    raw: text.length,
    gzip: gzipSync(text, { level: 9 }).length,
    brotli: brotliCompressSync(text, { params }).length,
  }
}

/** A page's code, bundled where its packages are. */
async function bundled(contents, resolveDir) {
  const built = await esbuild.build({ ...COMMON, stdin: { contents, resolveDir } })
  return sizes(built.outputFiles[0].contents)
}

function manifest(folder, name) {
  return JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8'))
}

/** Each name of the package that leads to JavaScript, whole, and the two that most pages load together. */
async function entries() {
  const { exports } = manifest(installed, 'gatesocket')
  // What is no JavaScript has one file for modules and CommonJS.
  const scripts = Object.keys(exports).filter((path) => exports[path].import)
  const names = scripts.map((path) => `gatesocket${path.slice(1)}`)
  const all = (...names) => names.map((name, place) => `export * as e${place} from '${name}'`).join('\n')
  const rows = []
  for (const name of names) rows.push({ name, ...(await bundled(all(name), installed)) })
  const both = all('gatesocket', 'gatesocket/react')
  rows.push({ name: 'gatesocket + gatesocket/react', ...(await bundled(both, installed)) })
  for (const [path, { default: file }] of Object.entries(exports)) {
    if (!file?.endsWith('.wasm')) continue
    const bytes = readFileSync(`${installed}/node_modules/gatesocket/${file}`)
    rows.push({ name: `gatesocket${path.slice(1)}`, ...sizes(bytes) })
  }
  return rows
}

/** What the modules of the package become, in bytes of minified JavaScript, the largest first. */
async function modules() {
  const built = await esbuild.build({
    ...COMMON,
    absWorkingDir: template,
    entryPoints: ['src/index.ts', 'src/react.ts'],
    outdir: 'out',
    conditions: ['release'],
    external: [...COMMON.external, './index.js'],
  })
  const found = []
  for (const { inputs } of Object.values(built.metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = path.replace(/^src\//, '')
      if (bytesInOutput > 0) found.push({ name, bytes: bytesInOutput })
    }
  }
  return found.sort((one, other) => other.bytes - one.bytes)
}

async function peersBeside() {
  const rows = []
  for (const { name, page, what } of PEERS) {
    rows.push({ name, version: manifest(here, name).version, what, ...(await bundled(page, here)) })
  }
  return rows
}

const wasm = readFileSync(`${template}src/wasm/release/gatesocket_bg.wasm`)
console.log(
  JSON.stringify({
    esbuild: esbuild.version,
    entries: await entries(),
    peers: peers ? await peersBeside() : [],
    modules: await modules(),
    wasm: { bare: sizes(wasm), inlined: sizes(readFileSync(`${template}src/wasm/release/gatesocket_bg.txt`)) },
  }),
)
