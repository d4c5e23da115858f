// URLs, options and close codes that can't be used: an error with a code and a sentence, at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiPage } from './api-page.mjs'

const api = apiPage()

for (const [url, part] of [
  ['not a url', /is not an absolute ws: or wss: URL/],
  ['localhost:3001/production/', /is not an absolute ws: or wss: URL\. Write it whole/],
  ['data:text/plain,x', /is not an absolute ws: or wss: URL/],
  ['chat/production', /is not an absolute ws: or wss: URL/],
  ['', /is not an absolute ws: or wss: URL/],
  ['http://example.com/production/', /scheme is http:.*Try ws:\/\/example\.com\/production\//],
  ['https://example.com/production/', /Try wss:\/\/example\.com/],
  ['ws://localhost/#part', /fragment/],
  [42, /must be a string or a URL, not number/],
  [null, /must be a string or a URL, not null/],
  [{}, /must be a string or a URL/],
]) {
  test(`the URL ${JSON.stringify(url)} is rejected with a sentence`, async () => {
    const { code, message, own } = await api.ask(url)
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
    const { message } = await api.ask(url)
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
  [{ rotation: { age: 0 } }, /rotation\.age must be a whole number from 1/],
  [{ rotation: { spread: -1 } }, /rotation\.spread must be a whole number from 0/],
  [{ rotation: { spred: 1 } }, /no option rotation\.spred\. Did you mean rotation\.spread\?/],
  [{ identify: false, heartbeat: 1000 }, /heartbeat asks for the connectionId.*set identify too/],
  [{ profile: 'generic', heartbeat: 1000 }, /heartbeat asks for the connectionId/],
  [{ probe: { quiet: '1' } }, /probe\.quiet must be a whole number.*type string/],
  [{ reconnect: true }, /reconnect must be an object/],
  [{ reconnect: { maxAttempts: 0 } }, /reconnect\.maxAttempts must be a whole number from 1/],
  [{ ticket: true }, /ticket must be an object/],
  [{ ticket: {} }, /ticket\.endpoint must be an http: or https: URL, or a path.*type undefined/],
  [{ ticket: { endpoint: 'ftp://host/geheim' } }, /^ticket\.endpoint must be(?!.*geheim)/],
  [{ ticket: { endpoint: '/t', endpont: 1 } }, /no option ticket\.endpont\. Did you mean ticket\.endpoint\?/],
  [{ ticket: { endpoint: '/t', param: 'x' } }, /no option ticket\.param\. Did you mean ticket\.parameter\?/],
  [{ ticket: { endpoint: '/t', method: 'PATCH' } }, /ticket\.method must be 'POST' or 'GET'/],
  [{ ticket: { endpoint: '/t', credentials: true } }, /ticket\.credentials must be 'omit', 'same-origin' or 'include'/],
  [{ ticket: { endpoint: '/t', headers: 'Bearer x' } }, /ticket\.headers must be an object of strings, or a function/],
  [{ ticket: { endpoint: '/t', headers: { 'a b': 'x' } } }, /ticket\.headers must be/],
  [{ ticket: { endpoint: '/t', parameter: '' } }, /ticket\.parameter must be a string with text/],
  [{ ticket: { endpoint: '/t', field: 1 } }, /ticket\.field must be a string with text/],
  [{ outbox: { dropOldest: 1 } }, /outbox\.dropOldest must be true or false/],
  [{ outbox: { timeToLive: 'x' } }, /outbox\.timeToLive must be a whole number/],
  [{ trace: true }, /trace must be an object/],
  [{ trace: { entries: 0 } }, /trace\.entries must be a whole number from 1/],
  [{ trace: { entrys: 1 } }, /no option trace\.entrys\. Did you mean trace\.entries\?/],
  [{ trace: { messages: 1 } }, /trace\.messages must be true or false/],
  [{ userTiming: 'no' }, /userTiming must be true or false/],
  [{ whenHidden: 'close' }, /whenHidden must be 'keep' or \{ closeAfter/],
  [{ whenHidden: {} }, /whenHidden must be 'keep' or \{ closeAfter: milliseconds \}; it is of type object/],
  [{ whenHidden: { closeAftr: 5 } }, /no option whenHidden\.closeAftr\. Did you mean whenHidden\.closeAfter\?/],
  [{ profile: 'aws' }, /profile must be 'api-gateway' or 'generic'/],
  [{ shouldReconnect: false }, /shouldReconnect must be a function/],
  [{ onMessage: 'x' }, /onMessage must be a function/],
  [{ protocols: ['a', 'a'] }, /subprotocols/],
  [[], /options must be an object/],
  ['x', /options must be an object/],
]) {
  test(`the options ${JSON.stringify(options)} are rejected by name`, async () => {
    const { code, message } = await api.ask(`${api.servers}/good`, options)
    assert.equal(code, 'bad-options')
    assert.match(message, part)
  })
}

test('a close code that browsers refuse is an error that names the right ones', async () => {
  const codes = await api.page.evaluate(async (url) => {
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
  }, `${api.servers}/good`)
  assert.deepEqual(codes, [...Array(16).fill('bad-options'), 'closed'])
})

test('options that throw when they are read are errors, however often', async () => {
  const codes = await api.page.evaluate(async (url) => {
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
  }, `${api.servers}/good`)
  assert.deepEqual(codes, ['bad-options', 'good='])
})
