// A WebSocket client by hand, for what well-behaved clients never send.
import { once } from 'node:events'
import { connect } from 'node:net'

/** The key of the example in RFC 6455, section 1.3. */
export const key = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The bytes of an upgrade request. */
export function request({ path = '/production/', lines = [] } = {}) {
  const head = [`GET ${path} HTTP/1.1`, 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`]
  return Buffer.from([...head, ...lines, '', ''].join('\r\n'))
}

/** A frame of a client, masked with zeros, which leave the payload as it is. */
export function frame({ fin = true, rsv = 0, opcode = 1, masked = true }, payload = '') {
  const body = Buffer.from(payload)
  const header = [(fin ? 0x80 : 0) | (rsv << 4) | opcode]
  const mask = masked ? 0x80 : 0
  if (body.length < 126) header.push(mask | body.length)
  else if (body.length < 65_536) header.push(mask | 126, body.length >> 8, body.length & 0xff)
  else {
    const length = Buffer.alloc(8)
    length.writeBigUInt64BE(BigInt(body.length))
    header.push(mask | 127, ...length)
  }
  return Buffer.concat([Buffer.from(header), Buffer.alloc(masked ? 4 : 0), body])
}

export const textFrame = (text) => frame({}, text)

/** Opens a connection and resolves to its socket and the head of the answer; the socket is destroyed after `test`. */
export async function openRaw(test, gateway, options) {
  const socket = connect(gateway.port, '127.0.0.1')
  test?.after(() => socket.destroy())
  socket.on('error', () => {}) // A reset is a way to end, which `readFrame` reports.
  socket.write(request(options))
  let received = Buffer.alloc(0)
  while (!received.includes('\r\n\r\n')) received = Buffer.concat([received, (await once(socket, 'data'))[0]])
  const end = received.indexOf('\r\n\r\n') + 4
  socket.pause()
  if (received.length > end) socket.unshift(received.subarray(end))
  return { socket, head: String(received.subarray(0, end)) }
}

/**
 * The next frame of the gateway: `{ opcode, payload }`, with `code` and `reason` for a close frame, or `undefined` when
 * the connection ended without one.
 */
export async function readFrame(socket) {
  let received = Buffer.alloc(0)
  const need = async (length) => {
    while (received.length < length) {
      const chunk = socket.read()
      if (chunk) received = Buffer.concat([received, chunk])
      else if (socket.readableEnded || socket.destroyed) return false
      else await Promise.race(['readable', 'end', 'close'].map((event) => new Promise((done) => socket.once(event, done))))
    }
    return true
  }
  if (!(await need(2))) return undefined
  let [start, length] = [2, received[1] & 0x7f]
  if (length === 126) {
    if (!(await need(4))) return undefined
    ;[start, length] = [4, received.readUInt16BE(2)]
  }
  if (length === 127) {
    if (!(await need(10))) return undefined
    ;[start, length] = [10, Number(received.readBigUInt64BE(2))]
  }
  if (!(await need(start + length))) return undefined
  if (received.length > start + length) socket.unshift(received.subarray(start + length))
  const payload = received.subarray(start, start + length)
  const opcode = received[0] & 0x0f
  if (opcode !== 8 || length < 2) return { opcode, payload }
  return { opcode, payload, code: payload.readUInt16BE(0), reason: String(payload.subarray(2)) }
}
