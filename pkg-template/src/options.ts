import type { IterateOptions, JoinOptions, Match, RawSendOptions, RequestOptions, RoomSendOptions, SessionOptions } from '../types/index.js'
import { headersOf, parsed, textOf } from './address.js'
import { badOptions } from './error.js'
import { refuseUnknown } from './names.js'
import { sentence } from './sentences.js'
import type { Ticket } from './ticket.js'

// The limits of `src/core/limits.rs`, which a test holds beside these.
/** The largest delay that a browser's timer keeps, in milliseconds. */
const LONGEST_TIME = 2_147_483_647
const MOST_QUESTIONS = 100
const MOST_ATTEMPTS = 1_000_000_000
const MOST_MESSAGES = 1_000_000
const MOST_BYTES = 1_000_000_000
const MOST_ENTRIES = 100_000

/** Returns a value as it is used, or throws a sentence with the name by which the user knows it. */
type Check<Value> = (value: unknown, name: string) => Value
type Checks = { [name: string]: Check<unknown> }
type Checked<Fields extends Checks> = { [Name in keyof Fields]?: ReturnType<Fields[Name]> }

export function wrong(name: string, expected: string, value: unknown): never {
  throw badOptions(sentence('option', { name, expected, kind: value === null ? 'null' : typeof value }))
}

const whole =
  (least = 1, most = LONGEST_TIME): Check<number> =>
  (value, name) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : wrong(name, sentence('option, whole', { least, most }), value)

const oneOf =
  <Value>(expected: string, ...values: Value[]): Check<Value> =>
  (value, name) =>
    values.includes(value as Value) ? (value as Value) : wrong(name, expected, value)

const ofType =
  <Value>(type: string, expected: string): Check<Value> =>
  (value, name) =>
    typeof value === type && value !== '' ? (value as Value) : wrong(name, expected, value)

/** What is switched off is 0. */
const orFalse =
  (check: Check<number>): Check<number> =>
  (value, name) =>
    value === false ? 0 : check(value, name)

const group =
  <Fields extends Checks>(fields: Fields): Check<Checked<Fields>> =>
  (value, name) =>
    read(value, fields, name, `${name}.`)

/** `off` is what the core takes for a group that is switched off. */
const groupOrFalse =
  <Fields extends Checks>(fields: Fields, off: Checked<Fields>): Check<Checked<Fields>> =>
  (value, name) =>
    value === false ? off : group(fields)(value, name)

// Without the marks a bundler would keep them, and what they call, for a page that uses nothing of it.
const time = /* @__PURE__ */ whole()
const timeFromZero = /* @__PURE__ */ whole(0)
const boolean = /* @__PURE__ */ oneOf('true or false', true, false)
export const text = /* @__PURE__ */ ofType<string>('string', 'a string with text')
const callback = /* @__PURE__ */ ofType<(...given: unknown[]) => unknown>('function', 'a function')
const listener: Check<unknown> = (value, name) => (value === null ? undefined : callback(value, name))
const anything: Check<unknown> = (value) => value

/** The properties that are set, each checked; all must be among the known ones. */
export function read<Fields extends Checks>(
  value: unknown,
  fields: Fields,
  name = 'options',
  within = '',
): Checked<Fields> {
  const checked: { [name: string]: unknown } = {}
  let entries: [string, unknown][] = []
  try {
    const given = value ?? {}
    if (typeof given !== 'object' || Array.isArray(given)) throw 0
    entries = Object.entries(given).filter(([, value]) => value !== undefined)
  } catch {
    wrong(name, 'an object', value)
  }
  refuseUnknown(Object.fromEntries(entries), Object.keys(fields), within)
  for (const [key, value] of entries) checked[key] = fields[key]!(value, within + key)
  return checked as Checked<Fields>
}

/** What the profile for any server has by default, instead of what {@link SETTINGS} says: no question, no limits, no rotation. */
const GENERIC = { identify: { attempts: 0 }, heartbeat: 0, rotation: { age: 0 }, frameLimit: 0, binary: true }

const ROOMS = { join: text, leave: text, send: text, history: text, field: text, members: text, sequence: text }

/** The order is that in which a misspelt one is told what there is. */
const options = () => ({
  profile: oneOf("'api-gateway' or 'generic'", 'api-gateway', 'generic'),
  connectTimeout: time,
  identify: groupOrFalse({ action: text, timeout: time, attempts: whole(1, MOST_QUESTIONS) }, GENERIC.identify),
  reconnect: groupOrFalse({
    baseDelay: time,
    maxDelay: time,
    maxAttempts: (value, name) => (value === Infinity ? 0 : whole(1, MOST_ATTEMPTS)(value, name)),
    minUptime: timeFromZero,
  }, { maxAttempts: 1 }),
  shouldReconnect: callback,
  heartbeat: orFalse(time),
  probe: group({ timeout: time, quiet: timeFromZero }),
  rotation: groupOrFalse({ age: time, spread: timeFromZero, drain: timeFromZero, lifetime: time }, GENERIC.rotation),
  whenHidden: (value: unknown, name: string) =>
    value === 'keep'
      ? {}
      : {
          closeAfter:
            (typeof value === 'object' && group({ closeAfter: time })(value, name).closeAfter) ||
            wrong(name, "'keep' or { closeAfter: milliseconds }", value),
        },
  outbox: group({
    messages: whole(1, MOST_MESSAGES),
    bytes: whole(1, MOST_BYTES),
    dropOldest: boolean,
    timeToLive: orFalse(time),
  }),
  requestTimeout: time,
  frameLimit: orFalse(time),
  binary: boolean,
  ticket: readTicket,
  protocols: readProtocols,
  rooms: (value: unknown, name: string) => (value === null ? wrong(name, 'an object', value) : group(ROOMS)(value, name)),
  trace: groupOrFalse({ entries: whole(1, MOST_ENTRIES), messages: boolean }, { entries: 0 }),
  userTiming: boolean,
  schema: anything,
  onLink: listener,
  onConnectionId: listener,
  onMessage: listener,
  onStatus: listener,
  onGatewayFrame: listener,
  onError: listener,
  onClose: listener,
  onInvalid: listener,
}) satisfies { [Name in keyof SessionOptions]-?: Check<unknown> }

export type CheckedOptions = Checked<ReturnType<typeof options>>

/** Checks the options of a session. */
export function readOptions(given: unknown): CheckedOptions {
  const checked = read(given, options())
  const whole = checked.profile === 'generic' ? { ...GENERIC, ...checked } : checked
  if (checked.heartbeat && !identifies(whole)) throw badOptions(sentence('heartbeat'))
  return whole
}

/** Whether links are asked for their connectionId. */
export function identifies({ identify }: CheckedOptions): boolean {
  return identify?.attempts !== 0
}

/** What `start` in `src/npm.rs` takes, in its order, and the defaults, which are those of `src/core/settings.rs`. */
const SETTINGS =
  'connectTimeout:10000 heartbeat:480000 probe.timeout:5000 probe.quiet:15000 whenHidden.closeAfter:0 requestTimeout:29000 ' +
  'frameLimit:32768 userTiming:1 trace.entries:256 trace.messages:0 outbox.messages:256 outbox.bytes:1048576 ' +
  'outbox.dropOldest:0 outbox.timeToLive:0 reconnect.baseDelay:1000 reconnect.maxDelay:30000 reconnect.maxAttempts:0 ' +
  'reconnect.minUptime:5000 identify.timeout:5000 identify.attempts:3 rotation.age:6600000 rotation.spread:300000 ' +
  'rotation.drain:30000 rotation.lifetime:7200000'

/** Numbers, yes or no. */
export function settingsOf(options: CheckedOptions): unknown[] {
  const settings = identifies(options) ? options : { ...options, heartbeat: 0 }
  const valueOf = (setting: string) => {
    const [path, byDefault] = setting.split(':')
    const value = path!.split('.').reduce((value, name) => (value as { [name: string]: unknown } | undefined)?.[name], settings as unknown)
    return Number(value ?? byDefault)
  }
  return [!!options.shouldReconnect, ...SETTINGS.split(' ').map(valueOf)]
}

/** Checks how a single message is to be sent. */
export function readSendOptions(options: unknown): Partial<RawSendOptions> {
  return read(options, { retry: boolean, raw: boolean })
}

export function readPublishOptions(options: unknown): RoomSendOptions {
  return read(options, { retry: boolean, id: text })
}

export function readJoinOptions(options: unknown): JoinOptions {
  return read(options, { history: timeFromZero, signal: anything as Check<AbortSignal> })
}

export function readIterateOptions(options: unknown): IterateOptions & { match?: Match } {
  return read(options, {
    match: anything as Check<Match>,
    buffer: whole(1, Infinity),
    overflow: oneOf<IterateOptions['overflow']>("'error' or 'dropOldest'", 'error', 'dropOldest'),
    signal: anything as Check<AbortSignal>,
  })
}

export function readRequestOptions(options: unknown): RequestOptions {
  return read(options, { timeout: time, retry: boolean, signal: anything as Check<AbortSignal> })
}

/** Checks what `close` was given. Source: the WebSocket standard of WHATWG, "close()". */
export function checkClose(code: unknown, reason: unknown): void {
  if (typeof reason !== 'string') wrong('The close reason', 'a string', reason)
  const isCode = Number.isInteger(code) && (code === 1000 || ((code as number) >= 3000 && (code as number) < 5000))
  if (!isCode) throw badOptions(sentence('close code'))
  const bytes = new TextEncoder().encode(reason).length
  if (bytes > 123) throw badOptions(sentence('close reason', { bytes }))
}

function readProtocols(value: unknown, name: string): string[] {
  let list: unknown[] = []
  try {
    list = Array.isArray(value) ? Array.from(value) : [value]
  } catch {
    wrong(name, 'a list of strings', value)
  }
  return list.map((protocol) => text(protocol, name))
}

function readTicket(value: unknown, name: string): Ticket | undefined {
  if (value === null) return
  const { endpoint, headers, ...rest } = group({
    endpoint: anything,
    method: oneOf("'POST' or 'GET'", 'POST', 'GET'),
    headers: (value: unknown, name: string) => {
      try {
        return typeof value === 'function' ? (value as () => unknown) : headersOf(value)
      } catch {
        return wrong(name, 'an object of strings, or a function', value)
      }
    },
    credentials: oneOf<RequestCredentials>("'omit', 'same-origin' or 'include'", 'omit', 'same-origin', 'include'),
    parameter: text,
    field: text,
  })(value, name)
  // A path begins at the page's, or at the worker's script.
  const { document, location } = globalThis as Partial<typeof globalThis>
  const given = textOf(endpoint)
  const url = given === undefined ? given : parsed(given, document?.baseURI ?? location?.href)
  if (!url || !/^https?:$/.test(url.protocol)) return wrong('ticket.endpoint', 'an http: or https: URL, or a path of this page\'s', endpoint)
  return { endpoint: url.href, headers: headers ?? new Headers(), ...rest }
}
