// The core crashes: its sessions fail, nothing of it is left, and the page goes on with a fresh instance. The crashes are
// real ones, made with what a page has in its hands: the memory of the wasm, functions that the core calls, the stack.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startBackend } from './backend.mjs'
import { ENGINES, launchAsUsed } from './browsers.mjs'
import { keepInstances } from './instances.mjs'
import { installLedger } from './ledger.mjs'
import { until } from './session-page.mjs'
import { fixturePage, serve } from './site.mjs'

let site

before(async () => {
  const first = [keepConsole, installLedger, keepInstances, installCrashes]
  const page = (options) => fixturePage('trap.jsx', { first, ...options })
  // What bundlers take while somebody develops, and what they take for users.
  site = await serve({
    '/': await page(),
    '/development': await page({ conditions: ['development'] }),
    '/production': await page({ mode: 'production', conditions: ['production'] }),
  })
})

after(() => site?.stop())

/** Runs before the page's scripts: keeps what comes to the console as an error. */
function keepConsole() {
  globalThis.complaints = []
  const { error } = console
  console.error = (...given) => {
    complaints.push(given.map(String).join(' '))
    error.apply(console, given)
  }
}

/** Runs before the page's scripts. */
function installCrashes() {
  Object.assign(globalThis, {
    /** Overwrites the memory of the instance that runs. The next call into it must trap. */
    corrupt: () => new Uint8Array(instances.at(-1).exports.memory.buffer).fill(0xff),
    /** A session, and all that it tells from now on. */
    async follow(url, options) {
      const socket = connect(url, { reconnect: { baseDelay: 50 }, ...options })
      const told = []
      for (const name of ['status', 'error', 'close']) socket.on(name, (event) => told.push(`${name} ${event.code ?? event}`))
      await socket.ready()
      told.length = 0
      return { socket, told }
    },
    state: ({ socket, told }) => ({
      told,
      status: socket.status,
      connectionId: socket.connectionId,
      error: socket.snapshot().error?.code,
      trace: socket.trace(),
    }),
  })
}

const ENDED = { told: ['error crashed', 'status closed'], status: 'closed', connectionId: null, error: 'crashed', trace: [] }

for (const name of ENGINES) {
  test(`in ${name} a crash`, async (t) => {
    const { open, close } = await launchAsUsed(name)
    t.after(close)

    /** A fresh page; afterwards nothing may be left in it, and it must have had as many cores. */
    async function within(t, cores, run, { allowed, path = '/' } = {}) {
      const backend = await startBackend()
      const { page, uncaught } = await open()
      t.after(async () => {
        await page.close()
        backend.stop()
      })
      await page.goto(site.address + path)
      await page.waitForFunction(() => globalThis.loaded)
      await run(page, backend)
      await page.evaluate(() => mount(null))
      const left = () => page.evaluate(() => ledger.left())
      await until(async () => Object.values(await left()).every((count) => count === 0), 'nothing is left').catch(async () =>
        assert.deepEqual(await left(), {}),
      )
      assert.equal(await page.evaluate(() => instances.length), cores)
      assert.deepEqual(uncaught.filter((error) => !allowed?.test(error)), [])
    }

    await t.test('ends every session, settles every promise, and leaves nothing in the page', (t) =>
      within(t, 2, async (page, backend) => {
        const seen = await page.evaluate(async (url) => {
          const [one, other] = await Promise.all([follow(url), follow(url)])
          const waiting = connect('ws://localhost:1/', { onError() {} })
          const closed = connect(url)
          await closed.ready()
          closed.close()
          const room = await other.socket.join('lobby')
          const messages = other.socket.messages()
          const pending = [other.socket.request({ action: 'NEVER' }), waiting.ready(), waiting.send(1), messages.next()]
          corrupt()
          const first = await code(one.socket.send({ action: 'X' }))
          const seen = {
            first,
            pending: await Promise.all(pending.map(code)),
            later: await Promise.all([one.socket.send(1), one.socket.request({}), one.socket.ready(), one.socket.join('a')].map(code)),
            one: state(one),
            other: state(other),
            closed: closed.status,
          }
          const { error } = one.socket.snapshot()
          seen.error = [error instanceof GateSocketError, error.message, String(error.cause)]
          // What components call when they go.
          room.leave()
          for (const socket of [one.socket, waiting, closed]) socket.close()
          try {
            one.socket.stats()
          } catch (error) {
            seen.stats = error.code
          }
          seen.fresh = await getConnectionId(url)
          return seen
        }, backend.address)
        const crashed = 'GateSocketError crashed'
        assert.deepEqual(seen.pending, [crashed, crashed, crashed, crashed])
        assert.deepEqual(seen.later, [crashed, crashed, crashed, crashed])
        assert.deepEqual([seen.first, seen.stats, seen.closed], [crashed, 'crashed', 'closed'])
        assert.deepEqual(seen.one, ENDED)
        assert.deepEqual(seen.other, ENDED)
        const [isOurs, message, cause] = seen.error
        assert.ok(isOurs)
        assert.match(message, /^The WebAssembly of gatesocket has crashed.* Connect again/)
        assert.match(cause, /Error: /)
        assert.equal(seen.fresh, 'id4=')
        await until(() => backend.connections.every(({ closed }) => closed !== null), 'all sockets are closed')
      }),
    )

    await t.test('while a message arrives is no uncaught error', (t) =>
      within(t, 2, async (page, backend) => {
        await page.evaluate(async (url) => {
          globalThis.one = await follow(url)
          corrupt()
        }, backend.address)
        for (const { socket } of backend.connections) socket.send('{"n":1}')
        await page.waitForFunction(() => one.told.length === 2)
        assert.deepEqual(await page.evaluate(() => state(one)), ENDED)
        assert.equal(await page.evaluate((url) => getConnectionId(url), backend.address), 'id2=')
      }),
    )

    await t.test('in a timer, because a function of the page throws there, ends the sessions too', (t) =>
      within(t, 1, async (page, backend) => {
        const seen = await page.evaluate(async (url) => {
          const one = await follow(url, { heartbeat: 300 })
          const { now } = Performance.prototype
          performance.now = () => {
            throw new Error('poisoned')
          }
          await new Promise((resolve) => one.socket.on('error', resolve))
          performance.now = now
          return { ...state(one), cause: String(one.socket.snapshot().error.cause) }
        }, backend.address)
        assert.deepEqual(seen, { ...ENDED, cause: 'Error: poisoned' })
      }),
    )

    await t.test('at the end of the stack, below a callback of the page, ends the sessions too', (t) =>
      within(t, 2, async (page, backend) => {
        await page.evaluate(async (url) => {
          globalThis.one = await follow(url)
          // Tries at every depth, from the deepest one up, until it has happened.
          const deep = () => {
            try {
              deep()
            } catch {}
            if (instances.isOver) return
            one.socket.send({ action: 'X' }).catch(() => {})
            instances.isOver = one.socket.status === 'closed'
          }
          one.socket.on('message', deep)
        }, backend.address)
        backend.connections[0].socket.send('{"n":1}')
        await page.waitForFunction(() => one.told.length === 2)
        assert.deepEqual(await page.evaluate(() => state(one)), ENDED)
        assert.equal(await page.evaluate((url) => getConnectionId(url), backend.address), 'id2=')
        // What the callback itself could not do at that depth.
      }, { allowed: /call stack|recursion/ }),
    )

    for (const path of ['/development', '/production']) {
      const isTold = path === '/development'
      await t.test(`by a panic of the core ${isTold ? 'is told with where and why in development' : 'has no text in production'}`, (t) =>
        within(t, 2, async (page, backend) => {
          const seen = await page.evaluate(async (url) => {
            const one = await follow(url)
            const { encode } = TextEncoder.prototype
            // The core makes room for a text of as many bytes as it is told, and no memory has so many.
            TextEncoder.prototype.encode = function (text) {
              return text === 'huge' ? { length: -1 } : encode.call(this, text)
            }
            let closed
            try {
              one.socket.close(1000, 'huge')
            } catch (error) {
              closed = error.code
            }
            TextEncoder.prototype.encode = encode
            await Promise.resolve()
            return { ...state(one), closed, fresh: await getConnectionId(url) }
          }, backend.address)
          const { closed, fresh, ...rest } = seen
          assert.deepEqual(rest, ENDED)
          assert.deepEqual([closed, fresh], ['crashed', 'id2='])
          const told = (await page.evaluate(() => complaints)).filter((text) => text.startsWith('gatesocket panicked'))
          if (!isTold) return assert.deepEqual(told, [])
          assert.equal(told.length, 1, told.join())
          assert.match(told[0], /^gatesocket panicked at .*\.rs:\d+:\d+:\ncapacity overflow/)
        }, { path }),
      )
    }

    await t.test('while a session begins is thrown by connect', (t) =>
      within(t, 2, async (page, backend) => {
        const seen = await page.evaluate(async (url) => {
          const { now } = Date
          Date.now = () => {
            throw new Error('poisoned')
          }
          try {
            connect(url)
          } catch (error) {
            return { name: error.name, code: error.code, fresh: await ((Date.now = now), getConnectionId(url)) }
          }
        }, backend.address)
        assert.deepEqual(seen, { name: 'GateSocketError', code: 'crashed', fresh: 'id1=' })
      }),
    )

    await t.test('makes callbacks that somebody else kept do nothing, to the dead core and to the fresh one', (t) =>
      within(t, 2, async (page, backend) => {
        const seen = await page.evaluate(async (url) => {
          const kept = []
          const { addEventListener } = WebSocket.prototype
          WebSocket.prototype.addEventListener = function (event, listener) {
            kept.push([event, listener])
            return addEventListener.call(this, event, listener)
          }
          let give
          const slow = connect(() => new Promise((resolve) => (give = resolve)), { onError() {} })
          const one = await follow(url)
          const begun = kept.length
          corrupt()
          await code(one.socket.send(1))
          const fresh = await follow(url)
          const before = JSON.stringify([fresh.socket.stats(), ledger.opened])
          give(url)
          for (const [event, listener] of kept.slice(0, begun)) listener(new MessageEvent(event, { data: '{"n":1}' }))
          for (const event of ['online', 'offline', 'pageshow']) dispatchEvent(new Event(event))
          await new Promise((resolve) => setTimeout(resolve, 100))
          const after = JSON.stringify([fresh.socket.stats(), ledger.opened])
          fresh.socket.close()
          return { begun, before, after, slow: slow.status, told: one.told }
        }, backend.address)
        assert.ok(seen.begun >= 3)
        assert.equal(seen.after, seen.before)
        assert.equal(seen.slow, 'closed')
        assert.deepEqual(seen.told, ENDED.told)
      }),
    )

    await t.test('is an error of the components, and who mounts again gets a new session', (t) =>
      within(t, 2, async (page, backend) => {
        const shows = (text) => page.waitForFunction((text) => document.getElementById('session').textContent === text, {}, text)
        await page.evaluate((url) => mount(url), backend.address)
        await shows('id1=')
        await page.evaluate(() => void corrupt())
        backend.connections[0].socket.send('{"n":1}')
        await shows('crashed')
        await page.evaluate((url) => mount(url), backend.address)
        await shows('id2=')
      }),
    )
  })
}
