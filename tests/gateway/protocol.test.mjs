// The rules of RFC 6455 against clients that break them. Each section named is the rule's.
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { open } from './client.mjs'
import { fixture, startGateway } from './gateway.mjs'
import { frame, openRaw, readFrame, textFrame } from './raw.mjs'

const gateway = await startGateway(test, ['--handler', fixture('events.mjs'), '--connection-rate', 'off'])
const witness = await open(`${gateway.ws}?who=witness`)
const quiet = { after() {} } // Sockets that the test ends itself.

let count = 0
/** Sends bytes on a new connection and resolves to the close frame of the gateway and what `$disconnect` reports. */
async function answer(...chunks) {
  const who = `client-${++count}`
  const { socket } = await openRaw(quiet, gateway, { path: `/production/?who=${who}` })
  for (const chunk of chunks) socket.write(Buffer.from(chunk))
  let close
  do close = await readFrame(socket)
  while (close && close.opcode !== 8)
  socket.destroy()
  const parse = (line) => JSON.parse(line.slice(line.indexOf('EVENT ') + 6)).requestContext
  const { connectionId } = parse(await gateway.log.line(new RegExp(`EVENT .*"who":"${who}"`)))
  const { disconnectStatusCode: reported, disconnectReason } = parse(await gateway.log.line(new RegExp(`EVENT .*"DISCONNECT".*${connectionId}`)))
  return { code: close?.code, reason: close?.reason, reported, disconnectReason }
}

async function closes(code, cases) {
  for (const [what, ...chunks] of cases) {
    const { code: sent, reported } = await answer(...chunks)
    assert.equal(sent, code, what)
    assert.equal(reported, code, `$disconnect after ${what}`)
  }
}

/** A client's message arrives in one piece. */
const delivered = (text) => gateway.log.line(new RegExp(`"MESSAGE".*"body":${JSON.stringify(JSON.stringify(text)).slice(1, -1)}`))

after(async () => {
  witness.send('not disturbed')
  await delivered('not disturbed')
  await witness.close()
})

const mask = [0, 0, 0, 0]

test('a frame that is not masked closes with 1002 (section 5.1)', () =>
  closes(1002, [
    ['text', frame({ masked: false }, 'a')],
    ['an empty text', frame({ masked: false })],
    ['a ping', frame({ opcode: 9, masked: false })],
    ['a close', frame({ opcode: 8, masked: false })],
  ]))

test('reserved bits and opcodes close with 1002 (section 5.2)', () =>
  closes(1002, [
    ...[1, 2, 3, 4, 5, 6, 7].map((rsv) => [`reserved bits ${rsv}`, frame({ rsv }, 'a')]),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, frame({ opcode })]),
  ]))

test('a length with its highest bit set, or beyond all limits, closes with 1009 at once (section 5.2)', async () => {
  const reason = 'Max frame length of 32768 has been exceeded'
  for (const length of [[0x80, 0, 0, 0, 0, 0, 0, 1], Array(8).fill(0xff), [0x7f, ...Array(7).fill(0xff)], [0, 0, 0, 0, 0, 0, 0x80, 1]]) {
    assert.deepEqual(await answer([0x81, 0xff, ...length, ...mask]), { code: 1009, reason, reported: 1009, disconnectReason: reason }, String(length))
  }
})

test('control frames that are fragmented or longer than 125 bytes close with 1002 (section 5.5)', () =>
  closes(1002, [
    ...[8, 9, 10].map((opcode) => [`opcode ${opcode} in fragments`, frame({ fin: false, opcode })]),
    ...[8, 9, 10].map((opcode) => [`opcode ${opcode} of 126 bytes`, frame({ opcode }, Buffer.alloc(126))]),
  ]))

test('fragments out of order close with 1002 (section 5.4)', () =>
  closes(1002, [
    ['a last fragment of nothing', frame({ opcode: 0 }, 'a')],
    ['a middle fragment of nothing', frame({ opcode: 0, fin: false }, 'a')],
    ['a message within a message', frame({ fin: false }, 'a'), textFrame('b')],
    ['a message that starts twice', frame({ fin: false }, 'a'), frame({ fin: false }, 'b')],
    ['a continuation after the end', textFrame('a'), frame({ opcode: 0 }, 'b')],
  ]))

test('text that is not UTF-8 closes with 1007, in one frame or over several (section 8.1)', () =>
  closes(1007, [
    ...[[0x80], [0xc0, 0x80], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff]].map((bytes) => [`text ${bytes}`, frame({}, Buffer.from(bytes))]),
    ['a code point cut by the end of the message', frame({ fin: false }, Buffer.from([0xe2, 0x82])), frame({ opcode: 0 })],
    ['a code point with a wrong rest', frame({ fin: false }, Buffer.from([0xe2, 0x82])), frame({ opcode: 0 }, 'a')],
    ['a surrogate in two frames', frame({ fin: false }, Buffer.from([0xed])), frame({ opcode: 0 }, Buffer.from([0xa0, 0x80]))],
    ['the reason of a close', frame({ opcode: 8 }, Buffer.from([0x03, 0xe8, 0xc3, 0x28]))],
  ]))

test('a code point may be cut anywhere between frames, and pings may stand between them (section 5.4)', async (t) => {
  const { socket } = await openRaw(t, gateway)
  const text = 'cut \u20ac and \u{1f600} here'
  const bytes = Buffer.from(text)
  bytes.forEach((byte, index) => {
    socket.write(frame({ opcode: index === 0 ? 1 : 0, fin: index === bytes.length - 1 }, Buffer.from([byte])))
    socket.write(frame({ opcode: 9 }, `ping ${index}`))
  })
  await delivered(text)
  let last
  do last = await readFrame(socket)
  while (String(last.payload) !== `ping ${bytes.length - 1}`)
  assert.equal(last.opcode, 10)
})

test('a close frame of one byte, or with a code that may not be sent, closes with 1002 (section 7.4)', () =>
  closes(1002, [
    ['one byte', frame({ opcode: 8 }, 'x')],
    ...[0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) => [`code ${code}`, frame({ opcode: 8 }, Buffer.from([code >> 8, code & 0xff]))]),
  ]))

test('a close frame with a code that may be sent is answered with the same and reported (section 5.5.1)', async () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999]) {
    const sent = frame({ opcode: 8 }, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from('why')]))
    assert.deepEqual(await answer(sent), { code, reason: 'why', reported: code, disconnectReason: 'why' })
  }
})

test('what follows a close frame is not looked at (section 5.5.1)', async () => {
  const { code } = await answer(Buffer.concat([frame({ opcode: 8 }, Buffer.from([0x03, 0xe8])), textFrame('after the close'), frame({ rsv: 7 })]))
  assert.equal(code, 1000)
  assert.doesNotMatch(gateway.log.text(), /after the close/)
})

test('an empty text is a message, and so is one of empty fragments', async (t) => {
  const { socket } = await openRaw(t, gateway)
  socket.write(textFrame(''))
  await gateway.log.lines(/"MESSAGE".*"body":""/, 1)
  socket.write(Buffer.concat([frame({ fin: false }), ...Array(10_000).fill(frame({ opcode: 0, fin: false })), frame({ opcode: 0 })]))
  await gateway.log.lines(/"MESSAGE".*"body":""/, 2)
})

test('a frame that comes byte by byte is read', async (t) => {
  const { socket } = await openRaw(t, gateway)
  socket.setNoDelay(true)
  for (const byte of textFrame('byte by byte')) {
    socket.write(Buffer.from([byte]))
    await new Promise(setImmediate)
  }
  await delivered('byte by byte')
})

test('masks are taken off, whatever they are (section 5.3)', async (t) => {
  const { socket } = await openRaw(t, gateway)
  const key = [0xde, 0xad, 0xbe, 0xef]
  const text = Buffer.from('masked with dead beef')
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, ...key]), text.map((byte, index) => byte ^ key[index % 4])]))
  await delivered('masked with dead beef')
})

test('pongs that nobody asked for are taken in silence (section 5.5.3)', async (t) => {
  const { socket } = await openRaw(t, gateway)
  socket.write(Buffer.concat([frame({ opcode: 10 }, 'unasked'), frame({ opcode: 9 }, 'asked')]))
  const { opcode, payload } = await readFrame(socket)
  assert.deepEqual([opcode, String(payload)], [10, 'asked'])
})

test('a connection that ends in the middle of a frame is reported as 1006', async () => {
  const { socket } = await openRaw(quiet, gateway, { path: '/production/?who=half-frame' })
  socket.end(textFrame('half a frame').subarray(0, 10))
  const line = await gateway.log.line(/EVENT .*"who":"half-frame"/)
  const { connectionId } = JSON.parse(line.slice(line.indexOf('EVENT ') + 6)).requestContext
  assert.match(await gateway.log.line(new RegExp(`EVENT .*"DISCONNECT".*${connectionId}`)), /"disconnectStatusCode":1006/)
})
