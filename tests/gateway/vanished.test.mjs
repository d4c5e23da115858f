import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import test from 'node:test'
import { promisify } from 'node:util'
import { fixture } from './gateway.mjs'

// Only a network of its own can be taken away from two processes on one machine.
const inNamespace = ['-rn', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"']
const canTry = spawnSync('unshare', [...inNamespace, 'true']).status === 0

test('a client that vanishes without a word is noticed within about a minute and reported as 1006', { skip: !canTry && 'needs unshare and ip', timeout: 180_000 }, async () => {
  const { stdout } = await promisify(execFile)('unshare', [...inNamespace, process.execPath, fixture('vanish.mjs')])
  const [, code, seconds] = /^disconnected \S+ (\d+) .*after ([\d.]+) s/.exec(stdout)
  assert.equal(code, '1006')
  assert.ok(Number(seconds) > 45 && Number(seconds) < 120, stdout)
})
