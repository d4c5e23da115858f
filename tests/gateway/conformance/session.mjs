// What rows work with: running APIs of one emulator, connections to them, and what their handlers reported.
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { open } from '../client.mjs'
import { startCollector } from './collector.mjs'
import { MissingFeature, NotApplicable, within } from './expect.mjs'
import { setups } from './setups.mjs'

/** Fails where a client is missing, before a row could take that for a fault of the emulator. */
export function requireClients() {
  for (const [name, what] of [
    ['GATESOCKET_PYTHON', 'a Python with the packages of tests/gateway/requirements.txt'],
    ['CHROMIUM', 'a Chromium'],
  ]) {
    if (!process.env[name]) throw new Error(`${name} is not set: it names ${what}. \`cargo xtask test gateway\` sets it, and installs what is missing`)
  }
}

/** A session with one emulator: APIs start when a row first needs them and live until `stop`. */
export function startSession(target) {
  const apis = new Map()
  return {
    target,
    /** The running API of a setup, started anew where a row before has ended it. */
    async api(name) {
      const known = await apis.get(name)
      if (known && !known.isRunning()) {
        await known.stop()
        apis.delete(name)
      }
      if (!apis.has(name)) apis.set(name, startApi(target, setups[name]))
      return apis.get(name)
    },
    async stop() {
      const started = await Promise.allSettled(apis.values())
      await Promise.all(started.map(({ value }) => value?.stop()))
    },
  }
}

async function startApi(target, setup) {
  const collector = await startCollector()
  let running
  try {
    running = await target.start(setup, collector.address)
  } catch (error) {
    collector.stop()
    throw error
  }
  let count = 0

  const event = (type, fits, missing = `no ${type} event`) =>
    collector.report('event', (event) => event.requestContext.eventType === type && fits(event), missing)

  const api = {
    ...running,
    collector,
    event,

    /** Opens a WebSocket by Node's `ws`; `query` is an object, or pairs where a name repeats. */
    open: (query = {}, options = {}, address = running.ws) => {
      const url = new URL(address)
      for (const [name, value] of Array.isArray(query) ? query : Object.entries(query)) url.searchParams.append(name, value)
      return within(open(url.href, options), 'no answer to the upgrade').then(patient)
    },

    /** Opens a WebSocket and finds its `$connect` event: `{ client, event, id }`. */
    async connect(query, options = {}) {
      const mark = `row-${++count}`
      const client = await api.open(query, { ...options, headers: { ...options.headers, 'X-Row': mark } })
      const connected = await event('CONNECT', ({ headers }) => Object.values(headers).includes(mark))
      return { client, event: connected, id: connected.requestContext.connectionId }
    },

    /** The status of an upgrade that must be refused. */
    async refusal(query, options, address) {
      let client
      try {
        client = await api.open(query, options, address)
      } catch (error) {
        if (error.status) return error
        throw error
      }
      client.socket.terminate()
      throw new Error('the upgrade is accepted')
    },

    /** The `$disconnect` event of a connection. */
    disconnected: (id) => event('DISCONNECT', ({ requestContext }) => requestContext.connectionId === id),

    /** The event of a message of a connection. */
    message: (id, fits = () => true, missing = 'the message does not reach the backend') =>
      event('MESSAGE', (event) => event.requestContext.connectionId === id && fits(event), missing),

    /** The management API by the AWS SDK for JavaScript. */
    sdk: (options) =>
      new ApiGatewayManagementApiClient({ endpoint: running.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1, ...options }),

    /** A bare request to the management API, for headers and bytes. */
    async call(method, id, body) {
      const response = await fetch(`${running.endpoint}/@connections/${encodeURIComponent(id)}`, { method, body })
      return { status: response.status, headers: response.headers, body: await response.text() }
    },

    async stop() {
      await running.stop()
      collector.stop()
    },
  }
  return api
}

/** A client whose waits end. */
function patient(client) {
  const { next, closed } = client
  return {
    ...client,
    next: (missing = 'nothing is sent to the client', ms) => within(next(), missing, ms),
    ended: (missing = 'the connection stays open') => within(closed, missing),
  }
}

/** Runs one row: `pass`, `fail` or `not applicable`, with the reason in a few words. */
export async function runRow(row, session) {
  try {
    await row.check(session)
    return { outcome: 'pass', reason: '' }
  } catch (error) {
    const reason = String(error.message ?? error).split('\n')[0]
    const says = error instanceof NotApplicable || (row.trivially && error instanceof MissingFeature)
    return { outcome: says ? 'not applicable' : 'fail', reason, error }
  }
}
