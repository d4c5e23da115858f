// WebKitGTK, Safari's engine on Linux, through its own driver. What it opens has the methods of Puppeteer's pages that the
// tests use, so that one test runs in all engines.
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { Builder } from 'selenium-webdriver'
import { closedPort } from './closed-port.mjs'

const BROWSER = process.env.WEBKIT_BROWSER || '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'

/** How long a command and those before it may take, in milliseconds. */
const PATIENCE = 120_000

// A test that is stopped from outside takes its browsers along.
const groups = new Set()
const end = (pid) => {
  groups.delete(pid)
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has gone already.
  }
}
process.on('exit', () => groups.forEach(end))
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(1))

/** Starts a program with all that it starts, none of which may hold on to our output. */
function start(program, args, { env, stdio = [] } = {}) {
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', ...stdio], env })
  if (child.pid) groups.add(child.pid)
  const failed = new Promise((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`${program} ended with ${code ?? signal}`)))
  })
  failed.catch(() => {})
  return { child, failed }
}

/** Starts the browser on a screen of its own, as it has no headless mode. */
export async function launchWebKit() {
  const started = []
  const own = (what) => (started.push(what.child.pid), what)
  try {
    const screen = own(
      start(process.env.XVFB || 'Xvfb', ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'], { stdio: ['pipe'] }),
    )
    const told = new Promise((resolve) => screen.child.stdio[3].once('data', (data) => resolve(String(data).trim())))
    const display = await Promise.race([told, screen.failed])
    const port = await closedPort()
    const driver = own(
      start(process.env.WEBKIT_DRIVER || 'WebKitWebDriver', [`--port=${port}`], {
        env: { ...process.env, DISPLAY: `:${display}`, GDK_BACKEND: 'x11', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
      }),
    )
    const address = `http://127.0.0.1:${port}`
    await Promise.race([answers(`${address}/status`), driver.failed])
    const session = await new Builder()
      .usingServer(address)
      .withCapabilities({
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation'] },
      })
      .build()
    // Its time limit is a timer in the page, which would be counted among those of the page.
    await session.manage().setTimeouts({ script: null })
    return new WebKit(session, () => started.reverse().forEach(end))
  } catch (error) {
    started.forEach(end)
    throw error
  }
}

async function answers(address) {
  for (const end = Date.now() + 60_000; ; await pause(20)) {
    const answer = await fetch(address).catch(() => null)
    if (answer?.ok) return
    if (Date.now() > end) throw new Error(`${address} does not answer`)
  }
}

class WebKit {
  #session
  #first
  #end
  /** A driver's commands go to the window that was chosen last: one at a time. */
  #last = Promise.resolve()

  constructor(session, end) {
    this.#session = session
    this.#end = end
  }

  /** A window, with what it has said about errors by the last command: pages of `fixturePage` keep that. */
  open = async () => {
    const handle = await this.#queued(async () => {
      // Another than the first, with which the browser would end.
      await this.#session.switchTo().window((this.#first ??= await this.#session.getWindowHandle()))
      await this.#session.switchTo().newWindow('window')
      return await this.#session.getWindowHandle()
    })
    const uncaught = []
    const command = (work) =>
      this.#queued(async () => {
        await this.#session.switchTo().window(handle)
        return await work(this.#session)
      })
    return { page: new WebKitPage(command, uncaught), uncaught }
  }

  /** Makes a page's window an icon, as its driver puts no tab in front of another; what it returns shows it again. */
  hide = async (page) => {
    await page.minimize()
    return () => page.restore()
  }

  close = async () => {
    // A page that does not answer does not let the driver end.
    await Promise.race([this.#session.quit().catch(() => {}), pause(5000, null, { ref: false })])
    this.#end()
  }

  #queued(work) {
    const tooLong = pause(PATIENCE, null, { ref: false }).then(() => Promise.reject(new Error('WebKit does not answer')))
    tooLong.catch(() => {})
    const done = this.#last.then(() => Promise.race([work(), tooLong]))
    this.#last = done.catch(() => {})
    return done
  }
}

/** Runs in the page: calls a function, and tells what came of it with the errors that nobody caught meanwhile. */
const CALL = (work, given, done) => {
  const tell = (outcome) => done(JSON.stringify({ ...outcome, uncaught: globalThis.uncaughtErrors?.splice(0) ?? [] }))
  Promise.resolve()
    .then(() => work(...JSON.parse(given)))
    .then(
      (value) => tell({ value }),
      (error) => tell({ error: error?.message ?? String(error) }),
    )
}

class WebKitPage {
  #do
  #uncaught

  constructor(command, uncaught) {
    this.#do = command
    this.#uncaught = uncaught
  }

  goto = (address) => this.#do((session) => session.get(address))
  close = () => this.#do((session) => session.close())
  url = () => this.#do((session) => session.getCurrentUrl())
  minimize = () => this.#do((session) => session.manage().window().minimize())
  restore = () => this.#do((session) => session.manage().window().setRect({ x: 0, y: 0, width: 800, height: 600 }))

  async evaluate(work, ...given) {
    // In the driver's own script, as a page's policy may forbid `eval`.
    const script = `return (${CALL})((${work}), ...arguments)`
    const answer = await this.#do((session) => session.executeAsyncScript(script, JSON.stringify(given)))
    const { value, error, uncaught } = JSON.parse(answer)
    this.#uncaught.push(...uncaught)
    if (error !== undefined) throw new Error(error)
    return value
  }

  async waitForFunction(work, { timeout = 60_000 } = {}, ...given) {
    for (const end = Date.now() + timeout; ; await pause(20)) {
      if (await this.evaluate(`async (...given) => Boolean(await (${work})(...given))`, ...given)) return
      if (Date.now() > end) throw new Error(`after ${timeout} ms it is not so that ${work}`)
    }
  }
}
