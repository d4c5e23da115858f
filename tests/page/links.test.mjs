// What a connection is made with, what its end means, and the page around it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionPage, until } from './session-page.mjs'

const own = sessionPage()

test('the server chooses among the subprotocols, and one that chooses none is not connected to', async () => {
  for (const [protocols, chosen] of [['chat', 'chat'], [['v2', 'v1'], 'v1'], [[], '']]) {
    own.backend.chooses = 'v1'
    await own.connected({ protocols, reconnect: false })
    assert.equal(await own.page.evaluate(() => socket.protocol), chosen)
    const { protocol } = own.backend.connections.at(-1).socket
    assert.equal(protocol, chosen)
    await own.page.evaluate(() => socket.close())
  }
  own.backend.chooses = null
  const code = await own.page.evaluate((url) => getConnectionId(url, { protocols: 'chat' }).catch(({ code }) => code), own.backend.address)
  assert.equal(code, 'connect-failed')
})

test('subprotocols that the browser refuses are bad options', async () => {
  const codes = await own.page.evaluate(
    (url) =>
      [['a', 'a'], 'a b'].map((protocols) => {
        try {
          connect(url, { protocols })
        } catch ({ code }) {
          return code
        }
      }),
    own.backend.address,
  )
  assert.deepEqual(codes, ['bad-options', 'bad-options'])
})

for (const [code, again, wait] of [
  [1000, true, [0, 150]],
  [1001, true, [0, 150]],
  [1003, false, [0, 150]],
  [1008, true, [300, 600]],
  [1009, false, [0, 150]],
  [1011, true, [0, 150]],
  [1012, true, [0, 150]],
  [4000, true, [0, 150]],
]) {
  test(`after close code ${code} the session is back after ${wait.join(' to ')} ms, and ${again ? 'asks again' : 'sends nothing again'}`, async () => {
    await own.connected({ reconnect: { baseDelay: 150, maxDelay: 300 } })
    await own.page.evaluate(() => {
      globalThis.fate = socket.request({ action: 'UNANSWERED' }, { retry: true }).catch(({ code, details }) => [code, details.close?.code])
    })
    await until(() => own.backend.received('UNANSWERED').length === 1, 'the request came')
    own.backend.connections[0].socket.close(code, 'why')
    await own.hasId('id2=')
    const waited = await own.page.evaluate(() => socket.trace().find(({ event }) => event === 'wait').delay)
    assert.ok(waited >= wait[0] && waited <= wait[1], `${waited} ms`)
    if (again) {
      await until(() => own.backend.received('UNANSWERED').length === 2, 'it came again')
    } else {
      assert.deepEqual(await own.page.evaluate(() => fate), ['connection-lost', code])
      assert.equal(own.backend.received('UNANSWERED').length, 1)
    }
    const { close, error } = await own.seen()
    assert.deepEqual([close, error], [[code], []])
  })
}

test('a hidden page gives its connection back where that was asked for, and has another when it is shown', async () => {
  await own.connected({ whenHidden: { closeAfter: 100 } })
  const show = (state) =>
    own.page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, state)
  await show('hidden')
  await until(() => own.backend.connections[0].closed !== null, 'it closed')
  assert.equal(own.backend.connections[0].closed, 1000)
  assert.equal(await own.page.evaluate(() => socket.status), 'idle')
  await show('visible')
  await own.hasId('id2=')
})

test('a page that was frozen asks whether its connection lives, and finds out that it does not', async () => {
  const timeout = 3000
  await own.connected({ reconnect: { baseDelay: 50 }, probe: { timeout, quiet: 1 } })
  const tell = (event) => own.page.evaluate((event) => document.dispatchEvent(new Event(event)), event)
  await tell('freeze')
  await own.page.waitForTimeout(20)
  await tell('resume')
  await until(() => own.backend.received('GET_CONNECTION_ID').length === 2, 'it asked')
  await own.page.waitForTimeout(timeout + 100)
  assert.equal(own.backend.connections.length, 1, 'the answer came')
  await tell('freeze')
  own.backend.connections[0].socket.pause()
  await tell('resume')
  await own.hasId('id2=')
})
