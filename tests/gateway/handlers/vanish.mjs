// Run in a network namespace of its own by vanished.test.mjs: takes the network away from an open connection and prints
// what the gateway says of it.
import { execFileSync } from 'node:child_process'
import { fixture, startGateway } from '../gateway.mjs'
import { openRaw } from '../raw.mjs'

const loopback = (state) => execFileSync('ip', ['link', 'set', 'lo', state])
loopback('up')
const gateway = await startGateway(undefined, ['--handler', fixture('events.mjs')])
await openRaw(undefined, gateway)
loopback('down')
console.log(await gateway.log.line(/^disconnected /))
process.exit()
