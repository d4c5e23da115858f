// What the package says to URLs, options, messages and servers that are wrong. Each case is an error
// with a code and a sentence; none is an uncaught error, an unhandled rejection or a trap.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { WebSocketServer } from 'ws'
import { launch, openPage } from './chromium.mjs'
import { closedPort } from './closed-port.mjs'
import { fixturePage, serve } from './site.mjs'

let browser, site, page, uncaught, servers

/** A server by behaviour; the path of the URL chooses. */
const BEHAVIOURS = {
  '/silent': () => {},
  '/garbage': (socket) => socket.on('message', () => socket.send('<html>not json')),
  '/null': (socket) => socket.on('message', () => socket.send('null')),
  '/array': (socket) => socket.on('message', () => socket.send('[{"connectionId":"a="}]')),
  '/binary': (socket) => socket.on('message', () => socket.send(Buffer.from([1, 2, 3]))),
  '/numeric': (socket) => socket.on('message', () => socket.send('{"connectionId":42}')),
  '/forbidden': (socket) =>
    socket.on('message', () =>
      socket.send('{"message": "Forbidden", "connectionId":"XDmENcnwIE0CFEQ=", "requestId":"XDmGEE2RoE0FRdQ="}'),
    ),
  '/internal': (socket) =>
    socket.on('message', () =>
      socket.send('{"message": "Internal server error", "connectionId":"HXT_RfBnPHcCIIg=", "requestId":"HXUAmGGZvHcF33A="}'),
    ),
  '/hangup': (socket) => socket.on('message', () => socket.close(1011, 'went wrong')),
  '/hangup-later': (socket) =>
    socket.on('message', (data) => {
      if (JSON.parse(data).action) socket.send('{"connectionId":"later="}')
      else socket.close(1001, 'Going away')
    }),
  '/good': (socket) =>
    socket.on('message', (data) => {
      const { action, echo } = JSON.parse(data)
      if (action === 'GET_CONNECTION_ID') socket.send('{"connectionId":"good="}')
      if (echo) socket.send(echo)
    }),
}

before(async () => {
  browser = await launch()
  site = await serve({ '/': await fixturePage('api.js') })
  const http = createServer((_, response) => response.writeHead(200).end('not a WebSocket server'))
  const sockets = new WebSocketServer({ noServer: true })
  const hanging = []
  http.on('upgrade', (request, socket, head) => {
    const path = new URL(request.url, 'http://localhost').pathname
    if (path === '/hang') return hanging.push(socket)
    const behave = BEHAVIOURS[path]
    if (!behave) return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, behave)
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  servers = {
    address: `ws://localhost:${http.address().port}`,
    stop: () => {
      for (const socket of sockets.clients) socket.terminate()
      for (const socket of hanging) socket.destroy()
      http.closeAllConnections()
      http.close()
    },
  }
  ;({ page, uncaught } = await openPage(browser))
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
})

after(async () => {
  await browser?.close()
  await site?.stop()
  servers?.stop()
})

/** Calls getConnectionId in the page; returns the id, or the error as plain data. */
async function ask(url, options) {
  const result = await page.evaluate(
    async ([url, options]) => {
      try {
        return { id: await getConnectionId(url, options) }
      } catch (error) {
        const { code, message, details } = error
        return { code, message, details, own: error instanceof GateSocketError }
      }
    },
    [url, options],
  )
  assert.deepEqual(uncaught, [])
  return result
}

/** Waits that are short, so that a silent server is given up on in a moment. */
const QUICK = { connectTimeout: 300, identify: { timeout: 50 } }

for (const [url, part] of [
  ['not a url', /is not an absolute URL/],
  ['localhost:3001/production/', /does not start with ws: or wss:\. Write it whole/],
  ['data:text/plain,x', /does not start with ws: or wss:/],
  ['chat/production', /is not an absolute URL/],
  ['', /is not an absolute URL/],
  ['http://example.com/production/', /scheme is http:.*Try ws:\/\/example\.com\/production\//],
  ['https://example.com/production/', /Try wss:\/\/example\.com/],
  ['ws://localhost/#part', /fragment/],
  [42, /must be a string or a URL, not number/],
  [null, /must be a string or a URL/],
  [{}, /must be a string or a URL/],
]) {
  test(`the URL ${JSON.stringify(url)} is rejected with a sentence`, async () => {
    const { code, message, own } = await ask(url)
    assert.equal(code, 'url-rejected')
    assert.match(message, part)
    assert.ok(own, 'the error is a GateSocketError')
  })
}

test('a rejected URL is not repeated where a token may be', async () => {
  for (const url of [
    'http://example.com/?token=geheim',
    'http://me:geheim@example.com/',
    'nonsense?token=geheim',
    '//me:geheim@host/?a',
    `//me:${'x'.repeat(120)}geheim@host`,
    'me:geheim@host/x',
    'data:text/plain,geheim',
    'geheim',
  ]) {
    const { message } = await ask(url)
    assert.doesNotMatch(message, /geheim/)
  }
})

for (const [options, part] of [
  [{ conectTimeout: 5 }, /no option conectTimeout.*connectTimeout/],
  [{ identify: { acton: 'X' } }, /no option identify\.acton/],
  [{ connectTimeout: '5' }, /connectTimeout must be a whole number.*type string/],
  [{ connectTimeout: -1 }, /connectTimeout must be a whole number/],
  [{ identify: 'WHO' }, /identify must be an object/],
  [{ identify: { action: '' } }, /identify\.action must be a string with text/],
  [{ identify: { attempts: 0 } }, /identify\.attempts must be a whole number from 1/],
  [{ onMessage: 'x' }, /onMessage must be a function/],
  [{ protocols: ['a', 'a'] }, /subprotocols/],
  [[], /options must be an object/],
  ['x', /options must be an object/],
]) {
  test(`the options ${JSON.stringify(options)} are rejected by name`, async () => {
    const { code, message } = await ask(`${servers.address}/good`, options)
    assert.equal(code, 'bad-options')
    assert.match(message, part)
  })
}

for (const [path, code, part] of [
  ['/refused', 'connect-failed', /refused\s+the upgrade.*authorizer/],
  ['/hang', 'connect-timeout', /within 300 ms/],
  ['/silent', 'identify-failed', /nothing came back.*execute-api:ManageConnections/],
  ['/garbage', 'identify-failed', /the last message was text that is not JSON/],
  ['/null', 'identify-failed', /JSON, but not an object/],
  ['/array', 'identify-failed', /JSON, but not an object/],
  ['/binary', 'identify-failed', /a binary frame/],
  ['/numeric', 'identify-failed', /connectionId is not a string/],
  ['/forbidden', 'identify-failed', /neither a route "GET_CONNECTION_ID" nor \$default/],
  ['/internal', 'identify-failed', /answered "Internal server error"/],
  ['/hangup', 'connection-lost', /close code 1011, reason "went wrong"/],
]) {
  test(`a server that does ${path} is an error ${code}`, async () => {
    const result = await ask(`${servers.address}${path}`, QUICK)
    assert.equal(result.code, code, result.message)
    assert.match(result.message, part)
    assert.ok(result.own)
  })
}

test('a server that is not there is an error connect-failed', async () => {
  const { code, details } = await ask(`ws://localhost:${await closedPort()}/`)
  assert.equal(code, 'connect-failed')
  assert.equal(details.close.code, 1006)
})

test('a gateway frame is an event of its own and not a message', async () => {
  const seen = await page.evaluate(async (url) => {
    const seen = { frames: [], messages: [] }
    const socket = connect(url, {
      onGatewayFrame: (frame) => seen.frames.push(frame),
      onMessage: (message) => seen.messages.push(message),
    })
    await socket.ready().catch(() => {})
    return seen
  }, `${servers.address}/forbidden`)
  assert.deepEqual(seen.messages, [])
  assert.equal(seen.frames[0].message, 'Forbidden')
})

test('what can not be sent is rejected with a code, and the session lives on', async () => {
  const results = await page.evaluate(async (url) => {
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
  }, `${servers.address}/good`)
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
  const result = await page.evaluate(async (url) => {
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
  }, `${servers.address}/hang`)
  assert.deepEqual(result, {
    status: 'closed',
    ready: 'closed',
    again: 'closed',
    closed: '4001 changed my mind',
  })
})

test('a close code that browsers refuse is an error that names the right ones', async () => {
  const codes = await page.evaluate(async (url) => {
    const socket = connect(url)
    const codes = []
    for (const args of [
      [1001], [2999], [5000], [1000.5], [NaN], ['1000'], [1000n], [null], [{}], [Symbol()],
      [1000, 'x'.repeat(124)], [1000, 42], [1000, {}], [1000, Symbol()], [1000, ['a']], [1000, null],
    ]) {
      try {
        socket.close(...args)
        codes.push('closed')
      } catch (error) {
        codes.push(error.code)
      }
    }
    socket.close(4999, 'x'.repeat(123))
    codes.push(socket.status)
    return codes
  }, `${servers.address}/good`)
  assert.deepEqual(codes, [...Array(16).fill('bad-options'), 'closed'])
})

test('options that throw when they are read are errors, however often', async () => {
  const codes = await page.evaluate(async (url) => {
    const thrower = { ownKeys: () => { throw new Error('no') }, get: () => { throw new Error('no') } }
    const revoked = Proxy.revocable([], {})
    revoked.revoke()
    const bad = [
      { identify: new Proxy({}, thrower) },
      { identify: revoked.proxy },
      { protocols: new Proxy([], thrower) },
      { protocols: Object.assign(['a'], { [Symbol.iterator]: () => { throw new Error('no') } }) },
      { protocols: revoked.proxy },
    ]
    const codes = new Set()
    // An exception that crosses the wasm stack without being caught eats some of it each time.
    for (let round = 0; round < 1000; round++) {
      for (const options of bad) {
        try {
          connect(url, options)
          codes.add('connected')
        } catch (error) {
          codes.add(error.code ?? String(error))
        }
      }
    }
    return [...codes, await getConnectionId(url)]
  }, `${servers.address}/good`)
  assert.deepEqual(codes, ['bad-options', 'good='])
})

test('a line of chat in the form of a gateway frame is a message', async () => {
  const seen = await page.evaluate(async (url) => {
    const seen = []
    const socket = connect(url, {
      onMessage: (message) => seen.push(['message', message.message]),
      onGatewayFrame: (frame) => seen.push(['frame', frame.message]),
    })
    await socket.ready()
    const texts = [
      { connectionId: 'peer=', message: 'hello', messageId: 'm-17' },
      { connectionId: 'good=', message: 'hello', messageId: 'm-18' },
      { connectionId: 'peer=', message: 'Forbidden', requestId: 'r' },
      { connectionId: 'good=', message: 'Forbidden', requestId: 'r' },
    ]
    for (const text of texts) await socket.send({ echo: JSON.stringify(text) })
    while (seen.length < texts.length) await new Promise((resolve) => socket.on('message', resolve) && setTimeout(resolve, 5))
    socket.close()
    return seen
  }, `${servers.address}/good`)
  assert.deepEqual(seen, [
    ['message', 'hello'],
    ['message', 'hello'],
    ['message', 'Forbidden'],
    ['frame', 'Forbidden'],
  ])
})

test('what comes after a lost connection is told of the loss, not of a close()', async () => {
  const seen = await page.evaluate(async (url) => {
    const seen = {}
    const socket = connect(url, { onError: () => {} })
    await socket.ready()
    const told = new Promise((resolve) =>
      socket.on('status', async () => {
        seen.snapshot = socket.snapshot().error.code
        seen.ready = await socket.ready().catch((error) => error.code)
        seen.send = await socket.send({}).catch((error) => error.code)
        resolve()
      }),
    )
    await socket.send({ hangup: true })
    await told
    return seen
  }, `${servers.address}/hangup-later`)
  const lost = 'connection-lost'
  assert.deepEqual(seen, { snapshot: lost, ready: lost, send: lost })
})

test('a connection that is lost after ready() was awaited is written to the console', async () => {
  const { page, close } = await openPage(browser)
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
  const logged = page.waitForEvent('console', (message) => message.text().includes('GateSocketError'))
  await page.evaluate(async (url) => {
    const socket = connect(url)
    await socket.ready()
    await socket.send({ hangup: true })
  }, `${servers.address}/hangup-later`)
  assert.match((await logged).text(), /connection was lost/)
  await close()
})

test('a message for a connection that is closing is rejected, not dropped', async () => {
  const code = await page.evaluate(async (url) => {
    const Native = WebSocket
    let native
    globalThis.WebSocket = class extends Native {
      constructor(...args) {
        super(...args)
        native = this
      }
    }
    try {
      const socket = connect(url, { onError: () => {} })
      await socket.ready()
      native.close()
      return await socket.send({}).then(() => 'sent', (error) => error.code)
    } finally {
      globalThis.WebSocket = Native
    }
  }, `${servers.address}/good`)
  assert.equal(code, 'connection-lost')
})

test('callbacks that throw or close are reported and break nothing', async () => {
  const { page, uncaught, close } = await openPage(browser)
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
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
  }, `${servers.address}/good`)
  assert.deepEqual(result, { messages: ['one', { two: 2 }, 'plain text', 'end'], status: 'closed' })
  assert.equal(uncaught.length, 1)
  assert.match(uncaught[0], /mine/)
  await close()
})

test('an error that nobody listens to is written to the console', async () => {
  const { page, close } = await openPage(browser)
  await page.goto(site.address)
  await page.waitForFunction(() => globalThis.loaded)
  const logged = page.waitForEvent('console', (message) => message.text().includes('GateSocketError'))
  await page.evaluate((url) => void connect(url), `${servers.address}/refused`)
  assert.match((await logged).text(), /did not open/)
  await close()
})
