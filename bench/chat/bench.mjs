// What the chat backend takes on the local gateway: each action, a cold start, and a message to 1,000 members beside a fan-out
// that posts one after the other. Prints one JSON object. node bench.mjs ROUNDS
import { fileURLToPath } from 'node:url'
import { open } from '../../tests/gateway/client.mjs'
import { openBackend } from '../../tests/chat/setting.mjs'
import { startRelay } from '../../tests/chat/relay.mjs'

const ROUNDS = Number(process.argv[2] ?? 5)
const MEMBERS = 1000
const REPEATS = 200
const handler = fileURLToPath(new URL('handler.mjs', import.meta.url))
const chat = String(new URL('../../lambda/chat/index.mjs', import.meta.url))

const sorted = (values) => [...values].sort((one, other) => one - other)
const part = (values, share) => Math.round(sorted(values)[Math.floor((values.length - 1) * share)] * 100) / 100
const statistics = (values) => ({ median: part(values, 0.5), p95: part(values, 0.95), of: values.length })

/** A client whose answers are found by their ref; `told` is called with all else. */
async function enter(url, told = () => {}) {
  const { socket } = await open(url)
  const waiting = new Map()
  let asked = 0
  socket.removeAllListeners('message')
  socket.on('message', (data) => {
    const message = JSON.parse(data)
    const settle = waiting.get(message.ref)
    if (!settle) return told(message)
    waiting.delete(message.ref)
    settle(message)
  })
  return {
    socket,
    tell: (message) => socket.send(JSON.stringify(message)),
    ask: (message) =>
      new Promise((resolve, reject) => {
        const ref = String(++asked)
        waiting.set(ref, (answer) => (answer.error ? reject(new Error(JSON.stringify(answer))) : resolve(answer)))
        socket.send(JSON.stringify({ ref, ...message }))
      }),
  }
}

/** What the handler said of its invocations so far. */
const invocations = ({ gateway }) => [...gateway.log.text().matchAll(/BENCH (\{.*\})/g)].map(([, json]) => JSON.parse(json))

const withHandler = (more = []) => openBackend({ handler, gateway: ['--env', `BENCH_CHAT=${chat}`, '--request-rate', 'off', ...more] })

/** One process, warm: each action in a room of three, one after the other. */
async function actions() {
  const backend = await withHandler(['--concurrency', '1'])
  try {
    const [one, ...others] = await Promise.all(Array.from({ length: 3 }, () => enter(backend.gateway.ws)))
    for (const client of [one, ...others]) await client.ask({ action: 'JOIN_ROOM', room: 'r' })
    const work = [
      () => one.ask({ action: 'SEND_MESSAGE', room: 'r', data: { text: 'x'.repeat(100) } }),
      () => one.ask({ action: 'HISTORY', room: 'r' }),
      () => one.ask({ action: 'MEMBERS', room: 'r' }),
      () => others[0].ask({ action: 'LEAVE_ROOM', room: 'r' }),
      () => others[0].ask({ action: 'JOIN_ROOM', room: 'r' }),
    ]
    const warm = 30
    for (let round = 0; round < REPEATS + warm; round++) for (const each of work) await each()
    const found = {}
    for (const { action, ...times } of invocations(backend)) (found[action] ??= []).push(times)
    return Object.fromEntries(
      Object.entries(found).filter(([, list]) => list.length > REPEATS).map(([action, list]) => {
        const counted = list.slice(warm)
        const of = (name) => statistics(counted.map((times) => times[name]))
        return [action, Object.fromEntries(['all', 'own', 'database', 'management', 'queries', 'posts'].map((name) => [name, of(name)]))]
      }),
    )
  } finally {
    await backend.close()
  }
}

/** Fresh processes: what comes before the first invocation, and the first one. */
async function coldStarts() {
  const starts = []
  for (let time = 0; time < 3 * ROUNDS; time++) {
    const backend = await openBackend()
    try {
      // With a name, so that the first invocation, of $connect, writes to the database.
      const client = await enter(`${backend.gateway.ws}?name=Ada`)
      await client.ask({ action: 'JOIN_ROOM', room: 'r' })
      const line = await backend.gateway.log.line(/Init Duration/)
      const [, first] = /\tDuration: ([\d.]+) ms/.exec(line)
      const [, init] = /Init Duration: ([\d.]+) ms/.exec(line)
      starts.push({ init: Number(init), first: Number(first) })
      client.socket.terminate()
    } finally {
      await backend.close()
    }
  }
  return { init: statistics(starts.map(({ init }) => init)), first: statistics(starts.map(({ first }) => first)) }
}

/** One message to so many clients, by ours and by the other in turn: until the last has it. By `[delay, rounds]`, twice what a
    post takes longer than on this machine. */
async function fanOut(ways) {
  const backend = await withHandler()
  const relays = []
  const clients = []
  try {
    let left = 0
    let done
    const told = ({ data }) => data === 'measured' && --left === 0 && done()
    for (let batch = 0; batch < MEMBERS; batch += 20) {
      const opened = await Promise.all(Array.from({ length: 20 }, () => enter(backend.gateway.ws, told)))
      await Promise.all(opened.map((client) => client.ask({ action: 'JOIN_ROOM', room: 'large' })))
      clients.push(...opened)
    }
    const results = []
    for (const [delay, rounds] of ways) {
      // The way of a post, as long as it is told.
      const relay = await startRelay(backend.gateway.port, { delay })
      relays.push(relay)
      const sender = await enter(backend.gateway.ws, told)
      clients.push(sender)
      await sender.ask({ action: 'JOIN_ROOM', room: 'large' })
      const measure = async (action) => {
        left = clients.length
        const began = performance.now()
        const all = new Promise((resolve) => (done = resolve))
        sender.tell({ action, room: 'large', data: 'measured', ...(delay > 0 && { via: `localhost:${relay.port}` }) })
        await all
        return performance.now() - began
      }
      const times = { SEND_MESSAGE: [], NAIVE: [] }
      for (let round = -1; round < rounds; round++) {
        for (const action of Object.keys(times)) {
          const carried = relay.carried
          const time = await measure(action)
          // The first of each opens connections.
          if (round >= 0) times[action].push(time)
          else if (delay > 0 && relay.carried === carried) throw new Error(`${action} did not take the longer way`)
        }
      }
      const [ours, naive] = [statistics(times.SEND_MESSAGE), statistics(times.NAIVE)]
      const ratio = Math.round((naive.median / ours.median) * 10) / 10
      results.push({ round_trip_ms: 2 * delay, members: clients.length, ours, naive, ratio })
    }
    return results
  } finally {
    for (const { socket } of clients) socket.terminate()
    for (const relay of relays) await relay.stop()
    await backend.close()
  }
}

const result = {}
const step = async (name, work) => {
  const began = Date.now()
  result[name] = await work()
  console.error(`${name}: ${((Date.now() - began) / 1000).toFixed(0)} s`)
}
await step('actions', actions)
await step('cold_start', coldStarts)
await step('fan_out', () => fanOut([[0, ROUNDS], [5, Math.min(ROUNDS, 3)]]))
console.log(JSON.stringify(result))
process.exit()
