// The limit of open files, which a shell sets low.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { open } from './client.mjs'
import { binary, connectionIdHandler } from './gateway.mjs'

test('a shell that allows 64 open files does not keep the gateway from holding 200 connections', async (t) => {
  const args = ['--port', '0', '--ready-json', '--route', '$default', '--handler', connectionIdHandler]
  const child = spawn('sh', ['-c', 'ulimit -S -n 64 && exec "$0" "$@"', binary, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(async () => {
    child.kill()
    await once(child, 'exit')
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { ws } = JSON.parse(line)
  const clients = await Promise.all(Array.from({ length: 200 }, () => open(ws)))
  t.after(() => clients.forEach(({ socket }) => socket.terminate()))
  assert.ok(clients.every(({ socket }) => socket.readyState === socket.OPEN))
})
