// A session in a page takes and sends many messages; what the page holds before and after.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { openPage } from './chromium.mjs'
import { installLedger } from './ledger.mjs'

/** How many messages a burst has, in either direction. */
const BURST = 500

/**
 * Takes and sends as many messages as it is told, after a tenth of that (10,000 at most) which lets code and
 * buffers reach their size. Returns what was held before and after, and how long it took in seconds.
 * `leak`, a function, runs in the page before all: it shows that what is lost would be seen.
 */
export async function growth(browser, address, messages, leak = () => {}) {
  const server = await startCounter()
  const { page, uncaught, close } = await openPage(browser)
  try {
    await page.addInitScript(installLedger)
    await page.addInitScript(keepInstances)
    await page.goto(address)
    await page.waitForFunction(() => globalThis.loaded)
    const devtools = await page.context().newCDPSession(page)
    await page.evaluate(async (url) => {
      globalThis.taken = 0
      globalThis.socket = connect(url, { onMessage: (message) => (taken += message.number === undefined ? 0 : 1) })
      await socket.ready()
    }, server.address)
    await page.evaluate(leak)
    await exchange(page, server, Math.min(messages / 10, 10_000))
    const before = await held(page, devtools)
    const begin = performance.now()
    await exchange(page, server, messages)
    const seconds = (performance.now() - begin) / 1000
    const after = await held(page, devtools)
    if (uncaught.length > 0) throw new Error(uncaught[0])
    return { messages, seconds: Math.round(seconds * 10) / 10, before, after }
  } finally {
    await close()
    server.stop()
  }
}

/** So many messages to the page and then as many from it, each counted where it arrives. */
async function exchange(page, server, messages) {
  const [taken, came] = [await page.evaluate(() => taken), server.came]
  for (let sent = 0; sent < messages; sent += BURST) {
    for (let number = 0; number < BURST; number++) server.send(`{"number":${number},"text":"some text of a message"}`)
    await server.drained()
  }
  await page.waitForFunction((wanted) => taken >= wanted, taken + messages, { timeout: 300_000 })
  await page.evaluate(
    async ([messages, burst]) => {
      for (let sent = 0; sent < messages; sent += burst) {
        await Promise.all(Array.from({ length: burst }, (_, number) => socket.send({ action: 'NOTE', number })))
      }
    },
    [messages, BURST],
  )
  while (server.came < came + messages) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** What the page holds once its garbage is collected, in bytes and pieces. */
async function held(page, devtools) {
  // What was dropped in the last turn is let go, and timers that look after it have run.
  await page.waitForTimeout(300)
  for (let turn = 0; turn < 3; turn++) await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  const { jsEventListeners, nodes } = await devtools.send('Memory.getDOMCounters')
  const inPage = await page.evaluate(() => ({ ...ledger.left(), ...wasmHeld() }))
  return { heap: usedSize, jsEventListeners, nodes, ...inPage }
}

/** Runs in the page before its scripts: keeps hold of what wasm exports, to look into it. */
function keepInstances() {
  const instances = []
  const Native = WebAssembly.Instance
  WebAssembly.Instance = class extends Native {
    constructor(...args) {
      super(...args)
      instances.push(this)
    }
  }
  globalThis.wasmHeld = () => {
    const things = instances.flatMap((instance) => Object.values(instance.exports))
    const memories = things.filter((thing) => thing instanceof WebAssembly.Memory)
    return { wasmBytes: memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0) }
  }
}

/** A server that answers the question for the connectionId and counts the rest. */
async function startCounter() {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  let came = 0
  let current
  server.on('connection', (socket) => {
    current = socket
    socket.on('error', () => {})
    socket.on('message', (data) => {
      if (String(data).includes('GET_CONNECTION_ID')) socket.send('{"connectionId":"L0SM9cOFvHcCIhw="}')
      else came++
    })
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    address: `ws://127.0.0.1:${http.address().port}/`,
    get came() {
      return came
    },
    send: (text) => current.send(text),
    drained: async () => {
      do await new Promise((resolve) => setImmediate(resolve))
      while (current.bufferedAmount > 1 << 18)
    },
    stop() {
      for (const socket of server.clients) socket.terminate()
      http.closeAllConnections()
      http.close()
    },
  }
}
