// Programs that are run beside the unpacked tarball, in engines without a page.

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

export const PROGRAMS = {
  'talk.mjs': `import { connect, getConnectionId } from 'gatesocket'\n${talk}`,
  'talk.cjs': `const { connect, getConnectionId } = require('gatesocket')\n;(async () => {${talk}})()`,
  'slim.mjs': slim + talk,
  'talk-with-ws.mjs': `import { WebSocket } from 'ws'\nglobalThis.WebSocket = WebSocket\nimport { connect, getConnectionId } from 'gatesocket'\n${talk}`,
  'fail.mjs': fail,
  'twice.mjs': `
    import { getConnectionId } from 'gatesocket'
    import * as slim from 'gatesocket/slim'
    import { readFile } from 'node:fs/promises'
    const url = process.argv[2]
    await slim.init(readFile(new URL('node_modules/gatesocket/core.wasm', import.meta.url)))
    const ids = [await getConnectionId(url), await slim.getConnectionId(url), await getConnectionId(url)]
    console.log(JSON.stringify(ids))
  `,
}
