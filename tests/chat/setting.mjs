// Pages in real browsers, the local gateway, the chat backend as its template describes it, and a database of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { consoleOf } from '../gateway/console.mjs'
import { startGateway } from '../gateway/gateway.mjs'
import { launchAsUsed } from '../page/browsers.mjs'
import { fixturePage, serve } from '../page/site.mjs'

const CHAT = fileURLToPath(new URL('../../lambda/chat/', import.meta.url))
/** The longest that anything may take, in milliseconds: many times what it takes, for machines that are slow and busy. */
export const PATIENCE = 60_000

/** Waits until something is so; says what, and what was seen last, where it never is. */
export async function until(isSo, what, patience = PATIENCE) {
  const end = Date.now() + patience
  for (;;) {
    const seen = await isSo()
    if (seen === true) return
    if (Date.now() > end) throw new Error(`it never was so that ${what}: ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

// A test that is stopped from outside takes its databases along.
const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** The stand-in for DynamoDB with the tables of the template, as a process of its own. */
async function startDatabase() {
  const child = spawn(process.execPath, [`${CHAT}local/dynamodb.mjs`, '--port', '0'], { stdio: ['pipe', 'pipe', 'inherit'] })
  running.add(child)
  const exited = once(child, 'exit').then(() => running.delete(child))
  const ended = exited.then(() => Promise.reject(new Error('the database ended')))
  ended.catch(() => {})
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  return {
    ...JSON.parse(line),
    stop() {
      child.kill()
      return exited
    },
  }
}

/**
 * The backend on a gateway, without pages. `gateway` are more arguments of the gateway; `handler` is a file that stands
 * in for the template.
 */
export async function openBackend({ gateway: more = [], handler } = {}) {
  const ends = []
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const database = await startDatabase()
    ends.push(database.stop)
    const env = Object.entries(database.env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
    const what = handler ? ['--handler', handler] : ['--template', `${CHAT}template.yaml`]
    const gateway = await startGateway(null, [...what, ...env, '--no-reload', '--connection-rate', 'off', ...more])
    ends.push(() => gateway.stop())
    return { database, gateway, api: consoleOf(gateway), close, ends }
  } catch (error) {
    await close()
    throw error
  }
}

/** The backend, and a browser with pages for its rooms. */
export async function openChat({ browser: name = 'chromium', ...options } = {}) {
  const backend = await openBackend(options)
  const { ends, close, gateway } = backend
  try {
    const fixture = (file) => fixturePage(`../../chat/fixtures/${file}`)
    const site = await serve({ '/api': await fixture('room.js'), '/react': await fixture('room.jsx') })
    ends.push(() => site.stop())
    const browser = await launchAsUsed(name)
    ends.push(() => browser.close())
    return {
      ...backend,
      browser,
      /** A tab that is in a room, in a browser of its own where one is given. `kind`: api or react. */
      async open(kind, { page: name, room, options, url = gateway.ws, browser: other = browser }) {
        const { page, uncaught } = await other.open()
        await page.goto(`${site.address}/${kind}`)
        await page.waitForFunction(() => globalThis.loaded)
        await page.evaluate((entry) => chat.enter(entry), { url, options, room, page: name })
        return { name, kind, page, uncaught, of: (what, ...given) => page.evaluate((what, given) => chat[what](...given), what, given) }
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
