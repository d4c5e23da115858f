import type { Callbacks, ConnectionIdEvent, GateSocket, SessionOptions, Snapshot, Url } from '../types/index.js'
import { connect, GateSocketError } from './index.js'
import { live, nameOf, textOf } from './live.js'
import { time, type Time } from './time.js'

export interface SharedState extends Snapshot {
  readonly socket: GateSocket | null
}

/** What a component gave for its session. */
export interface Given {
  url: Url | null
  options: SessionOptions
}

export interface Giver {
  readonly given: Given
}

/** What a session is shared by. */
export interface Key {
  /** The URL, and the options that make another conversation of it. */
  address: string
  /** With every other option. */
  text: string
}

/** A session and those who use it. */
export interface Entry {
  key: Key
  users: number
  /** The components that use it, by what each gave at its latest render; the one that rendered or began last is the last. */
  givers: Set<Giver>
  /** The last of them, also when it has gone and nobody is left. */
  latest: Giver
  socket: GateSocket | null
  state: SharedState
  /** The event that brought the connectionId, for those who come after it. */
  identity: ConnectionIdEvent | null
  /** For React's `use`. */
  ready: Promise<string> | null
  /** Told when the state has changed. */
  listeners: Set<() => void>
  /** The callbacks of components, whichever they have by then. */
  callbacks: Set<() => Callbacks>
  /** Whether an error has been written to the console since the session was last ready. */
  isLogged: boolean
  /** Why it has no session: another with its address is in use, whose options are others. Told in development. */
  refusal: GateSocketError | undefined
  linger: ReturnType<typeof setTimeout> | undefined
  /** Where its time comes from: a session that lived in a test's gateway is none for the next test. */
  time: Time
}

/**
 * How long a session is kept after its last user has gone, in milliseconds: enough for StrictMode's
 * second mount and a change of route, short enough that nobody pays for a forgotten connection.
 */
export const LINGER = 300

/** What a component sees that has no session yet. */
export const IDLE: SharedState = { status: 'idle', connectionId: null, retryAt: null, error: null, socket: null }

const entries = new Map<string, Entry>()

/** `own` is the name of a component that shares with no other. */
export function keyOf(url: Url | null, options: SessionOptions, own: string | null): Key {
  const { profile, protocols, schema, ...others } = options
  const address = textOf([nameOf(url), profile, protocols, own])
  return { address, text: address + textOf({ ...others, schema: schema && 'a schema' }) }
}

export function stateOf(key: Key): SharedState {
  const entry = entries.get(key.text)
  return entry && !isOver(entry) ? entry.state : IDLE
}

/**
 * Uses the session of a key, which begins with its first user. Pass what it returns to {@link release}.
 * While rendering, others are not looked at: an effect is about to end those that go with this render.
 */
export function acquire(key: Key, giver: Giver, isRendering = false): Entry {
  let entry = entries.get(key.text)
  // StrictMode takes all effects back and begins them again: what lingered meanwhile is held to the same rule.
  if (entry && (isOver(entry) || (entry.users === 0 && !isRendering && otherOptionsThan(entry)))) {
    remove(entry)
    entry = undefined
  }
  if (!entry) {
    entry = {
      key,
      users: 0,
      givers: new Set(),
      latest: giver,
      socket: null,
      state: IDLE,
      identity: null,
      ready: null,
      listeners: new Set(),
      callbacks: new Set(),
      isLogged: false,
      refusal: undefined,
      linger: undefined,
      time: time(),
    }
    entries.set(key.text, entry)
    open(entry, isRendering)
  }
  clearTimeout(entry.linger)
  if (entry.givers.size === 0) entry.latest = giver
  entry.users++
  return entry
}

/** A component rendered, or began to use the session: its functions are called from now on. */
export function give(entry: Entry, giver: Giver): void {
  entry.givers.delete(giver)
  entry.givers.add(giver)
  entry.latest = giver
}

/** A component has gone: its functions are called no longer, unless there are no others. */
export function takeBack(entry: Entry, giver: Giver): void {
  entry.givers.delete(giver)
  entry.latest = [...entry.givers].at(-1) ?? entry.latest
}

export function release(entry: Entry): void {
  if (--entry.users > 0) return
  entry.linger = setTimeout(() => remove(entry), LINGER)
  for (const other of entries.values()) {
    if (other.refusal && other.key.address === entry.key.address) open(other)
  }
}

/** An ended session that only lingers is no use to a newcomer, and neither is one from a gateway that is gone. */
function isOver(entry: Entry): boolean {
  return (entry.users === 0 && entry.state.status === 'closed') || entry.time !== time()
}

function remove(entry: Entry): void {
  clearTimeout(entry.linger)
  if (entries.get(entry.key.text) === entry) entries.delete(entry.key.text)
  entry.socket?.close()
}

function open(entry: Entry, isRendering = false): void {
  try {
    if (!isRendering) refuseOthersOptions(entry)
    if (entry.refusal) throw entry.refusal
    const socket = connectLive(entry)
    entry.socket = socket
    socket.on('connectionid', (event) => {
      entry.identity = event
      if (entry.ready) entry.ready = kept(event.connectionId)
      // A replaced connection has a new id and the status of the old one.
      update(entry)
    })
    socket.on('status', () => update(entry))
    socket.on('error', (error) => {
      update(entry)
      log(error, entry)
    })
    update(entry)
  } catch (thrown) {
    // A URL or an option that can't be used: a component shows it, rendering goes on.
    if (!(thrown instanceof GateSocketError)) throw thrown
    entry.state = { ...IDLE, status: 'closed', error: thrown }
    // The callbacks of the component that opens it come after this.
    queueMicrotask(() => log(thrown, entry))
  }
}

function update(entry: Entry): void {
  const { socket, state } = entry
  if (!socket) return
  const next = { ...socket.snapshot(), socket }
  if (next.status === 'ready') entry.isLogged = false
  if ((Object.keys(next) as (keyof SharedState)[]).every((name) => next[name] === state[name])) return
  entry.state = next
  for (const listener of [...entry.listeners]) listener()
}

/** A promise that React's `use` reads without suspending. */
export function kept(connectionId: string): Promise<string> {
  return Object.assign(Promise.resolve(connectionId), { status: 'fulfilled', value: connectionId })
}

/** A session whose functions are always the latest ones. */
function connectLive(entry: Entry): GateSocket {
  const given = () => entry.latest.given
  const { schema, ...options } = given().options
  const validate = (value: unknown) => (given().options.schema ?? schema)!['~standard'].validate(value)
  const isSchema = typeof schema?.['~standard']?.validate === 'function'
  return connect(live(given().url as Url, () => given().url), {
    ...live(options, () => given().options),
    ...(schema !== undefined && {
      schema: isSchema ? { '~standard': { version: 1, vendor: 'gatesocket', validate } } : schema,
    }),
  })
}

/** An error that no callback takes goes to the console, for those who do not show `error`. */
function log(error: GateSocketError, entry: Entry): void {
  const isTaken = [...entry.callbacks].some((callbacks) => callbacks().onError)
  if (!isTaken && !entry.isLogged) console.error(error)
  entry.isLogged = true
}

declare const process: { env: { NODE_ENV?: string } }

// What is told in development is within conditions that a production build finds to be false, and leaves out with all
// their texts.

/** In development, components that share an address must not have different options. */
function refuseOthersOptions(entry: Entry): void {
  try {
    if (process.env.NODE_ENV !== 'production') {
      const other = otherOptionsThan(entry)
      entry.refusal = other && refusalOf(entry, other)
    }
  } catch {
    // No bundler, and no Node.
  }
}

/** In development, a session in use with this one's address and other options. */
function otherOptionsThan(entry: Entry): Entry | undefined {
  try {
    if (process.env.NODE_ENV !== 'production') {
      return [...entries.values()].find(
        (other) => other.key.address === entry.key.address && other !== entry && other.users > 0 && !other.refusal,
      )
    }
  } catch {}
  return undefined
}

function refusalOf(...both: [Entry, Entry]): GateSocketError {
  const [mine, theirs] = both.map(({ latest }) => latest.given.options as { [name: string]: unknown })
  const names = Object.keys({ ...mine, ...theirs }).filter((name) => textOf(mine![name]) !== textOf(theirs![name]))
  return new GateSocketError(
    'bad-options',
    `Components with the same URL share one session, and give it different options: ${names.join(', ')}. Give ` +
      'the same everywhere, or once to a GateSocketProvider, or share: false to the one that wants a session of its ' +
      'own. (Told in development; in production each gets a session with its options.)',
  )
}
