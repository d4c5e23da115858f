// What a client leaves behind: API Gateway ends an invocation whose client has gone.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import test from 'node:test'
import { open } from './client.mjs'
import { consoleOf } from './console.mjs'
import { fixture, startGateway } from './gateway.mjs'

test('a web server that is at work when the client leaves has the integration’s whole time for it', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const gateway = await startGateway(t, ['--http', `$default=POST http://127.0.0.1:${server.address().port}/`, '--integration-timeout', '1'])
  const client = await open(gateway.ws)
  const asked = once(server, 'request')
  client.send('work')
  await asked
  await client.close()
  await gateway.log.line(/^disconnected /)
  await gateway.log.line(/^\$default: the integration did not answer within 1 s$/)
})

test('a message that a fault holds back is invoked although its client has left', async (t) => {
  const gateway = await startGateway(t, ['--handler', fixture('echo.mjs')])
  const client = await open(gateway.ws)
  await consoleOf(gateway).post('/faults', { routeKey: '$default', delayMs: 500 })
  client.send('held back')
  await client.close()
  await gateway.log.line(/^disconnected /)
  assert.doesNotMatch(gateway.log.text(), /MESSAGE held back/)
  await gateway.log.line(/MESSAGE held back/)
})
