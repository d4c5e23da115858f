// What others' tools have to say against the packed package: nothing.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const tarball = process.env.GATESOCKET_TARBALL
const installed = `${process.env.GATESOCKET_INSTALLED}/node_modules/gatesocket`
const manifest = JSON.parse(readFileSync(`${installed}/package.json`, 'utf8'))

/** Runs one of the folder's programs; fails with what it printed if it fails. */
async function passes(program, ...args) {
  const file = fileURLToPath(new URL(`node_modules/.bin/${program}`, import.meta.url))
  try {
    return (await promisify(execFile)(file, args)).stdout
  } catch (failed) {
    assert.fail(`${program} ${args.join(' ')}\n${failed.stdout}${failed.stderr}`)
  }
}

test('publint finds nothing, not even something to suggest', async () => {
  const said = await passes('publint', 'run', tarball, '--strict')
  assert.match(said, /All good/)
})

test('attw resolves every entry to its types, from CommonJS and from modules, also as TypeScript did before exports', async () => {
  await passes('attw', tarball, '--format', 'ascii')
})

test('nothing is installed along with it, and React need not be', () => {
  assert.equal(manifest.dependencies, undefined)
  assert.deepEqual(Object.keys(manifest.peerDependencies), Object.keys(manifest.peerDependenciesMeta))
  assert.ok(Object.values(manifest.peerDependenciesMeta).every(({ optional }) => optional))
  assert.equal(manifest.devDependencies, undefined)
  assert.equal(manifest.scripts, undefined)
})

test('types come first under every condition, then development where there is such a build, and the release is for all others', () => {
  for (const [path, conditions] of Object.entries(manifest.exports)) {
    if (typeof conditions === 'string') continue
    if (path === './core.wasm') {
      // The file is the same however it is asked for, also by a bundler that follows `new URL(…, import.meta.url)`, which
      // is neither an import nor a require.
      assert.deepEqual(Object.keys(conditions), ['types', 'default'], path)
      assert.deepEqual(Object.keys(conditions.types), ['import', 'require'], path)
      continue
    }
    assert.deepEqual(Object.keys(conditions), ['import', 'require'], path)
    for (const [format, files] of Object.entries(conditions)) {
      const development = files.development ? ['development'] : []
      assert.deepEqual(Object.keys(files), ['types', ...development, 'default'], `${path} ${format}`)
      assert.match(files.development ?? '/development/', /\/development\//)
      assert.doesNotMatch(files.default, /\/development\//)
    }
  }
})
