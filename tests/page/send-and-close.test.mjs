// What can't be sent, when it can't be, and callbacks that throw or close.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiPage } from './api-page.mjs'

const api = apiPage()

test('what can not be sent is rejected with a code, and the session lives on', async () => {
  const results = await api.page.evaluate(async (url) => {
    const socket = connect(url)
    await socket.ready()
    const circular = {}
    circular.self = circular
    const cases = {
      circular,
      bigint: 1n,
      nothing: undefined,
      function: () => {},
      throws: { toJSON: () => { throw new Error('no') } },
      'throws oddly': { toJSON: () => { throw Object.assign(new Error(), { message: {} }) } },
      'throws badly': { toJSON: () => { throw { get message() { throw new Error('worse') } } } },
      proxy: new Proxy({}, { ownKeys: () => { throw new Error('no') } }),
      buffer: new ArrayBuffer(4),
      bytes: new Uint8Array(4),
      blob: new Blob(['x']),
      'too large': 'é'.repeat(16_384),
      'just right': 'é'.repeat(16_383),
      fine: { action: 'hello' },
    }
    const results = {}
    for (const [name, value] of Object.entries(cases)) {
      results[name] = await socket.send(value).then(() => 'sent', (error) => error.code)
    }
    results.status = socket.status
    socket.close()
    results.late = await socket.send({}).then(() => 'sent', (error) => error.code)
    return results
  }, `${api.servers}/good`)
  assert.deepEqual(results, {
    circular: 'not-serializable',
    bigint: 'not-serializable',
    nothing: 'not-serializable',
    function: 'not-serializable',
    throws: 'not-serializable',
    'throws oddly': 'not-serializable',
    'throws badly': 'not-serializable',
    proxy: 'not-serializable',
    buffer: 'binary-unsupported',
    bytes: 'binary-unsupported',
    blob: 'binary-unsupported',
    'too large': 'frame-too-large',
    'just right': 'sent',
    fine: 'sent',
    status: 'ready',
    late: 'closed',
  })
})

test('close before open ends the session and rejects ready with closed', async () => {
  const result = await api.page.evaluate(async (url) => {
    const socket = connect(url)
    const ready = socket.ready()
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.close(4001, 'changed my mind')
    socket.close()
    return {
      status: socket.status,
      ready: await ready.catch((error) => error.code),
      again: await socket.ready().catch((error) => error.code),
      closed: await closed.then(({ code, reason }) => `${code} ${reason}`),
    }
  }, `${api.servers}/hang`)
  assert.deepEqual(result, {
    status: 'closed',
    ready: 'closed',
    again: 'closed',
    closed: '4001 changed my mind',
  })
})

test('a message for a connection that is closing goes out with the next, or fails with the session', async () => {
  const results = await api.page.evaluate(async (url) => {
    const Native = WebSocket
    let native
    globalThis.WebSocket = class extends Native {
      constructor(...args) {
        super(...args)
        native = this
      }
    }
    try {
      const results = []
      for (const reconnect of [{ baseDelay: 20 }, false]) {
        const socket = connect(url, { onError: () => {}, reconnect })
        await socket.ready()
        const answer = new Promise((resolve) => socket.on('message', resolve))
        const first = native
        native.close()
        const sent = await socket.send({ echo: '"came"' }).then(() => 'sent', (error) => error.code)
        results.push(sent, native === first ? 'the same' : await answer)
        socket.close()
      }
      return results
    } finally {
      globalThis.WebSocket = Native
    }
  }, `${api.servers}/good`)
  assert.deepEqual(results, ['sent', 'came', 'connection-lost', 'the same'])
})

test('callbacks that throw or close are reported and break nothing', async () => {
  const { page, uncaught, close } = await api.openAnother()
  const result = await page.evaluate(async (url) => {
    const messages = []
    const socket = connect(url, {
      onConnectionId: () => { throw new Error('mine') },
      onMessage: (message) => {
        messages.push(message)
        if (message === 'end') socket.close()
      },
    })
    await socket.ready()
    for (const echo of ['"one"', '{"two":2}', 'plain text', '"end"', '"after"']) {
      await socket.send({ echo }).catch(() => {})
    }
    await new Promise((resolve) => (socket.status === 'closed' ? resolve() : socket.on('close', resolve)))
    return { messages, status: socket.status }
  }, `${api.servers}/good`)
  assert.deepEqual(result, { messages: ['one', { two: 2 }, 'plain text', 'end'], status: 'closed' })
  assert.equal(uncaught.length, 1)
  assert.match(uncaught[0], /mine/)
  await close()
})
