import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'

const handler = ['--handler', fixture('messages.mjs'), '--function-name', 'talk']

test('--log json writes one object per line, with what the line is about', async (t) => {
  const gateway = await startGateway(t, [...handler, '--log', 'json'])
  const client = await open(`${gateway.ws}?token=s3cr3t`)
  client.send('{"do":"tell","secret":"s3cr3t"}')
  await gateway.log.line(/a line/)
  await client.close(4000, 'bye')
  await gateway.log.line(/"kind":"disconnected"/)
  assert.equal((await gateway.stop()).code, 0)
  const lines = gateway.log.text().split('\n').map((line) => JSON.parse(line))
  const levels = new Set(lines.map(({ level }) => level))
  assert.deepEqual([...levels].filter((level) => !['debug', 'info', 'warning', 'error'].includes(level)), [])
  for (const { time } of lines) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.match(lines[0].text, /^ready at ws:\/\/localhost:\d+/)
  const connected = lines.find(({ kind }) => kind === 'connected')
  assert.match(connected.connectionId, /^[\w-]{15}=$/)
  const told = lines.find(({ text }) => text.includes('CONTEXT'))
  assert.deepEqual([told.kind, told.function, told.connectionId], ['function', 'talk', connected.connectionId])
  assert.match(told.requestId, /^[\da-f-]{36}$/)
  assert.match(lines.find(({ kind }) => kind === 'disconnected').text, / 4000 bye after /)
  assert.match(lines.at(-1).text, /^stopping/)
  assert.doesNotMatch(gateway.log.text(), /s3cr3t/)
})

test('a line of several lines is one JSON object', async (t) => {
  const gateway = await startGateway(t, [...handler, '--log', 'json'])
  const client = await open(gateway.ws)
  client.send('{"do":"throw"}')
  await client.next()
  await gateway.log.line(/REPORT RequestId/)
  for (const line of gateway.log.text().split('\n')) assert.equal(typeof JSON.parse(line).text, 'string')
})

test('--log off prints nothing but what --ready-json asks for', async (t) => {
  const gateway = await startGateway(t, [...handler, '--log', 'off'])
  const client = await open(gateway.ws)
  client.send('{"do":"tell"}')
  await client.close()
  assert.equal((await gateway.stop()).code, 0)
  assert.equal(gateway.log.text(), '')
})

test('colours are for terminals alone, and NO_COLOR turns them off', { skip: process.platform === 'win32' }, async (t) => {
  const binary = process.env.GATESOCKET_GATEWAY ?? new URL('../../target/debug/gatesocket-gateway', import.meta.url).pathname
  const seen = async (env) => {
    const command = [binary, '--port', '0', ...handler].map((word) => `'${word}'`).join(' ')
    // util-linux's script gives the program a terminal.
    const child = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } })
    t.after(() => child.kill())
    let text = ''
    child.stdout.on('data', async (data) => (text += data))
    while (!/Ctrl-C stops it/.test(text)) await once(child.stdout, 'data')
    const client = await open(/ws:\S+/.exec(text)[0])
    while (!/connected \S+ from/.test(text)) await once(child.stdout, 'data')
    client.socket.terminate()
    while (!/disconnected/.test(text)) await once(child.stdout, 'data')
    child.kill('SIGINT')
    await once(child, 'exit')
    return text
  }
  assert.match(await seen({ NO_COLOR: '' }), /\x1b\[32mconnected/)
  assert.doesNotMatch(await seen({ NO_COLOR: '1' }), /\x1b/)
})
