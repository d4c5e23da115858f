// The ways in which clients come, talk and go. Each is given the gateway and ends when its client has gone; what it
// returns is counted, what it throws is a fault.
import assert from 'node:assert/strict'
import http from 'node:http'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { open } from '../client.mjs'

const agent = new http.Agent({ keepAlive: true })
const LARGEST_MESSAGE = 'x'.repeat(120 * 1024)

/** A request to the management API; resolves to its status. */
function manage({ port }, method, id, body) {
  const path = `/production/@connections/${encodeURIComponent(id)}`
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, method, path, agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
    request.on('error', reject).end(body)
  })
}

/** Opens a connection; one that is throttled comes again. */
async function connect({ url }, query = '') {
  for (;;) {
    try {
      return await open(url + query)
    } catch (error) {
      if (error.status !== 429) throw error
      await pause(50 + Math.random() * 200)
    }
  }
}

/** The next message. On a machine that is slow enough, the client has been idle for too long before it comes. */
function answer(client) {
  const ended = client.closed.then(({ code, reason }) => {
    throw Object.assign(new Error(`the connection ended with ${code} ${reason}`), { isIdleCut: code === 1001 })
  })
  return Promise.race([client.next(), ended])
}

async function identify(gateway) {
  const client = await connect(gateway)
  client.send({ do: 'identify' })
  return { ...client, id: await answer(client) }
}

const upgrade = ({ port }) =>
  `GET /production HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'

/** A TCP connection on which bytes are written by hand; resolves once it is there. */
function raw({ port }) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket)).once('error', reject)
    socket.on('error', () => {}) // Being cut off is part of it.
  })
}

const ended = (socket) => new Promise((done) => (socket.closed ? done() : socket.once('close', done).resume()))

export const clients = {
  async 'talks and closes'(gateway) {
    const client = await connect(gateway)
    for (let count = 0; count < 3; count += 1) {
      client.send({ do: 'echo', data: `message ${count}` })
      assert.equal(await answer(client), `message ${count}`)
    }
    assert.equal((await client.close(1000)).code, 1000)
  },

  async 'resets the connection'(gateway) {
    const client = await connect(gateway)
    client.send({ do: 'echo', data: 'nobody will read this' })
    client.socket.on('error', () => {})._socket.resetAndDestroy()
    await client.closed
  },

  async 'ends without a close frame'(gateway) {
    const client = await connect(gateway)
    client.socket._socket.end()
    await client.closed
  },

  async 'leaves during the handshake'(gateway) {
    const socket = await raw(gateway)
    socket.write(upgrade(gateway))
    await pause(Math.random() * 5)
    socket.destroy()
    await pause(200)
  },

  async 'stays idle until it is closed'(gateway) {
    const client = await connect(gateway)
    assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' })
  },

  async 'stops reading and stays'(gateway) {
    const { socket } = await connect(gateway)
    socket.pause()
    await pause(gateway.idleTimeout + 1500)
    socket.terminate()
  },

  async 'sends a frame too large'(gateway) {
    const client = await connect(gateway)
    client.send('x'.repeat(33 * 1024))
    assert.equal((await client.closed).code, 1009)
  },

  async 'sends a binary frame'(gateway) {
    const client = await connect(gateway)
    client.socket.send(Buffer.from('bytes'))
    assert.equal((await client.closed).code, 1003)
  },

  async 'sends a frame without a mask'(gateway) {
    const socket = await raw(gateway)
    socket.write(upgrade(gateway))
    const head = String(await new Promise((resolve) => socket.once('data', resolve).once('close', resolve)))
    socket.write(Buffer.from([0x81, 0x01, 0x78]))
    await ended(socket)
    await pause(200)
    return head.split(' ')[1]
  },

  async 'sends half a request'(gateway) {
    const socket = await raw(gateway)
    socket.write(upgrade(gateway).slice(0, 60))
    await pause(200)
    socket.destroy()
  },

  async 'is refused by $connect'(gateway) {
    await assert.rejects(connect(gateway, '?refuse=yes'), { status: 403 })
  },

  async 'makes the handler crash'(gateway) {
    const client = await connect(gateway)
    client.send({ do: 'crash' })
    assert.equal(JSON.parse(await answer(client)).message, 'Internal server error')
    await client.close(1000)
    await pause(1000)
  },

  async 'is deleted by the backend'(gateway) {
    const client = await identify(gateway)
    assert.equal(await manage(gateway, 'DELETE', client.id), 204)
    await client.closed
    assert.equal(await manage(gateway, 'POST', client.id, 'x'), 410)
  },

  async 'reads too slowly'(gateway) {
    const { id, socket } = await identify(gateway)
    socket.pause()
    let status = 200
    for (let posts = 0; status === 200 && posts < 200; posts += 1) {
      status = await manage(gateway, 'POST', id, LARGEST_MESSAGE)
    }
    socket.terminate()
    // It may have been closed for being idle before its buffer was full.
    assert.ok([429, 410].includes(status), `the last post was answered ${status}`)
    return status
  },

  async 'comes with many others'(gateway) {
    const opening = Array.from({ length: 60 }, () => open(gateway.url))
    const outcomes = await Promise.allSettled(opening)
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    for (const { reason } of refused) assert.equal(reason.status, 429, String(reason))
    await Promise.all(outcomes.map(({ value }) => value?.close(1000)))
    await pause(1500)
    return refused.length > 0 ? 429 : 101
  },
}
