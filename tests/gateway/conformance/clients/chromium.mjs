// A page in headless Chromium, whose own WebSocket is the client.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'
import { patience } from '../expect.mjs'

// As root, and without a GPU or the network.
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
let shared

async function launch() {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
    response.end('<!doctype html><title>Conformance</title>')
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const context = await browser.newContext()
  return { browser, server, context, address: `http://localhost:${server.address().port}/` }
}

/** Ends the browser, if one was started. */
export async function stopChromium() {
  if (!shared) return
  const { browser, server } = await shared
  server.closeAllConnections()
  server.close()
  await browser.close()
}

/** Runs a function in a fresh page with one argument. */
export async function inPage(action, argument) {
  const { context, address } = await (shared ??= launch())
  const page = await context.newPage()
  try {
    await page.goto(address)
    return await page.evaluate(action, argument)
  } finally {
    await page.close()
  }
}

/**
 * Opens the browser's WebSocket, sends a text once it is open, and resolves to what happened until it ended, or
 * until `messages` messages have come: `{ opened, protocol, messages, closed: { code, reason, wasClean } | null }`.
 */
export function browserSocket(url, { protocols = [], send, messages = Infinity } = {}) {
  return inPage(
    ({ url, protocols, send, wanted, patience }) =>
      new Promise((resolve) => {
        const seen = { opened: false, protocol: null, messages: [], closed: null }
        const socket = new WebSocket(url, protocols)
        const done = () => {
          resolve(seen)
          socket.close()
        }
        setTimeout(done, patience)
        socket.onopen = () => {
          seen.opened = true
          seen.protocol = socket.protocol
          if (send) socket.send(send)
          if (wanted === 0) done()
        }
        socket.onmessage = ({ data }) => {
          seen.messages.push(data)
          if (seen.messages.length === wanted) done()
        }
        socket.onclose = ({ code, reason, wasClean }) => {
          seen.closed = { code, reason, wasClean }
          done()
        }
      }),
    { url, protocols, send, wanted: messages === Infinity ? null : messages, patience: patience.ms },
  )
}
