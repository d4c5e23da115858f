// Programs that are run beside the unpacked tarball, in engines without a page.
import { keepInstances } from '../page/instances.mjs'

/** Connects, asks, sends, hears its echo, and closes; then there is nothing left to do, and the process must end. */
const talk = `
  const url = globalThis.Deno ? Deno.args[0] : process.argv[2]
  const told = []
  const socket = connect(url, { onStatus: (status) => told.push(status) })
  const id = await socket.ready()
  const answer = new Promise((resolve) => socket.on('message', resolve))
  await socket.send({ action: 'ECHO', data: 'ü' })
  const { echo } = await answer
  socket.close()
  console.log(JSON.stringify({ id, echo, told, again: await getConnectionId(url) }))
`

/** The code and the sentence of what a connection fails with. */
const fail = `
  const { connect } = await import('gatesocket')
  try {
    connect('ws://localhost:1/')
    console.log('nothing failed')
  } catch ({ code, message }) {
    console.log(JSON.stringify({ code, message }))
  }
`

const slim = `
  import { readFile } from 'node:fs/promises'
  import { connect, getConnectionId, init } from 'gatesocket/slim'
  await init(readFile(new URL('node_modules/gatesocket/core.wasm', import.meta.url)))
`

const ws = `import { WebSocket } from 'ws'\nglobalThis.WebSocket = WebSocket\n`

/** What comes of connections that fail or are given up: of a port where nobody listens, and of the servers of trouble.mjs. */
const trouble = `
  import { connect, getConnectionId } from 'gatesocket'
  const [nobody, servers, ...names] = globalThis.Deno ? Deno.args : process.argv.slice(2)
  const pass = (time) => new Promise((resolve) => setTimeout(resolve, time))

  /** A session, and all that it tells. */
  function follow(url, options) {
    const told = []
    const socket = connect(url, { reconnect: { baseDelay: 20, maxDelay: 50 }, ...options })
    for (const name of ['status', 'error', 'close']) socket.on(name, (event) => told.push(name + ' ' + (event.code ?? event)))
    return { socket, told }
  }

  /** Until it has had two connectionIds. */
  async function returns(url) {
    const { socket, told } = follow(url)
    const ids = new Set()
    await new Promise((resolve) => socket.on('connectionid', ({ connectionId }) => ids.add(connectionId).size > 1 && resolve()))
    const { linksBegun } = socket.stats()
    socket.close()
    await pass(50)
    // Deno has 0 for one that was lost.
    return { linksBegun, told: told.map((one) => one.replace(/^close 0$/, 'close 1006')) }
  }

  const CASES = {
    refused: () => getConnectionId(nobody).catch(({ code }) => code),
    forbidden: () => getConnectionId(servers + '/forbidden').catch(({ code }) => code),
    async refusedOnce() {
      const { told } = follow(nobody, { reconnect: false })
      // Long enough for it to be told again.
      await pass(200)
      return told
    },
    hanging: () => getConnectionId(servers + '/hang', { connectTimeout: 100 }).catch(({ code }) => code),
    async closedEarly() {
      const all = [nobody, servers + '/hang', servers + '/forbidden', servers + '/good'].map((url) => follow(url))
      for (const { socket } of all) socket.close()
      await pass(200)
      return all.map(({ socket, told }) => [socket.status, ...told])
    },
    malformed: () => returns(servers + '/malformed'),
    away: () => returns(servers + '/away'),
  }

  const seen = {}
  const began = Date.now()
  for (const name of names.length ? names : Object.keys(CASES)) seen[name] = await CASES[name]()
  console.log(JSON.stringify({ ...seen, took: Date.now() - began }))
`

/** A core that crashes, and what its session tells. */
const trap = `
  ;(${keepInstances})()
  /** Overwrites the memory of all instances. The next call into one must trap. */
  const corrupt = () => instances.forEach(({ exports }) => new Uint8Array(exports.memory.buffer).fill(0xff))
  async function crash(url, { connect }) {
    const told = []
    const socket = connect(url)
    await socket.ready()
    for (const name of ['status', 'error']) socket.on(name, (event) => told.push(name + ' ' + (event.code ?? event)))
    const pending = socket.request({ action: 'NEVER' })
    corrupt()
    const codes = [code(socket.send(1)), code(pending), code(socket.ready())]
    return { codes: await Promise.all(codes), told, status: socket.status, cause: socket.snapshot().error.cause instanceof Error }
  }
`

export const PROGRAMS = {
  'talk.mjs': `import { connect, getConnectionId } from 'gatesocket'\n${talk}`,
  'talk.cjs': `const { connect, getConnectionId } = require('gatesocket')\n;(async () => {${talk}})()`,
  'slim.mjs': slim + talk,
  'talk-with-ws.mjs': `${ws}import { connect, getConnectionId } from 'gatesocket'\n${talk}`,
  'trouble.mjs': trouble,
  'trouble-with-ws.mjs': ws + trouble,
  'trap-slim.mjs': `
    ${trap}
    ${slim}
    const url = globalThis.Deno ? Deno.args[0] : process.argv[2]
    const crashes = [await crash(url, { connect }), await crash(url, { connect })]
    console.log(JSON.stringify({ crashes, fresh: await getConnectionId(url), instances: instances.length }))
  `,
  'fail.mjs': fail,
  'twice.mjs': `
    ${trap}
    import { connect, getConnectionId } from 'gatesocket'
    import * as slim from 'gatesocket/slim'
    import { readFile } from 'node:fs/promises'
    const url = process.argv[2]
    await slim.init(readFile(new URL('node_modules/gatesocket/core.wasm', import.meta.url)))
    const ids = [await getConnectionId(url), await slim.getConnectionId(url), await getConnectionId(url)]
    // The copy that has warned, because it was the second to start: after a crash it starts again.
    await crash(url, { connect })
    ids.push(await getConnectionId(url))
    console.log(JSON.stringify(ids))
  `,
}
