/// <reference lib="esnext.disposable" />

/**
 * Where a session stands.
 *
 * - `idle`: no connection is wanted: before the first effect of a React component, while its `url` is
 *   null, while the page is in the back/forward cache or hidden for longer than `whenHidden` allows
 * - `connecting`: the WebSocket is opening
 * - `identifying`: it is open, the question for the connectionId is on its way
 * - `ready`: the connectionId is known, messages flow
 * - `waiting`: the next attempt comes at `retryAt`
 * - `offline`: the machine has no network; the next attempt comes when it has
 * - `closed`: the session has ended, by `close()` or by a failure that no further attempt would mend
 */
export type Status =
  | 'idle'
  | 'connecting'
  | 'identifying'
  | 'ready'
  | 'waiting'
  | 'offline'
  | 'closed'

/** Where to connect: a function is asked for every link, so that a token in it is always fresh. */
export type Url = string | URL | (() => string | URL | Promise<string | URL>)

/** How to ask for the connectionId. */
export interface IdentifyOptions {
  /** The `action` of the question. Default `'GET_CONNECTION_ID'`. */
  action?: string | undefined
  /** Milliseconds to wait for an answer before asking again. Default 5000. */
  timeout?: number | undefined
  /** How often to ask before the session fails with `identify-failed`. Default 3. */
  attempts?: number | undefined
}

/** What follows the loss of a connection: waits that are random from 0 to `min(maxDelay, baseDelay · 2ⁿ)`. */
export interface ReconnectOptions {
  /** The longest first wait in milliseconds. Default 1000. */
  baseDelay?: number | undefined
  /** The longest wait of all in milliseconds. Default 30,000. After close code 1008 it is at least this. */
  maxDelay?: number | undefined
  /** How many attempts in a row may fail before the session ends. Default Infinity. */
  maxAttempts?: number | undefined
  /** Milliseconds that a connection must have lasted for the next wait to be a first one. Default 5000. */
  minUptime?: number | undefined
}

/** When a connection is replaced, before API Gateway ends it after 2 hours. */
export interface RotationOptions {
  /** The age at which the replacement begins, in milliseconds. Default 110 minutes. */
  age?: number | undefined
  /** How much earlier or later it may be, at random. Default 5 minutes. */
  spread?: number | undefined
  /** How long the old connection may wait for its pending requests. Default 30,000 milliseconds. */
  drain?: number | undefined
  /** The age at which the gateway cuts a connection. Default 2 hours. */
  lifetime?: number | undefined
}

/** What may wait for a connection. */
export interface OutboxOptions {
  /** How many messages. Default 256. */
  messages?: number | undefined
  /** How many bytes of UTF-8 together. Default 1 MiB. */
  bytes?: number | undefined
  /** Drop the oldest message of a full outbox instead of refusing the new one. Default false. */
  dropOldest?: boolean | undefined
  /** Milliseconds that a message may wait; `false`, the default, for as long as it takes. */
  timeToLive?: number | false | undefined
}

/** What your backend calls what is said about rooms. */
export interface RoomsOptions {
  /** The action that joins: `{action, room, connectionId, ref}`. Default `'JOIN_ROOM'`. */
  join?: string | undefined
  /** The action that leaves: `{action, room, connectionId, ref}`. Default `'LEAVE_ROOM'`. */
  leave?: string | undefined
  /** The action that publishes: `{action, room, data}`, in a numbered room with `id` and `ref`. Default `'SEND_MESSAGE'`. */
  send?: string | undefined
  /** The action that asks for the messages after a number: `{action, room, after, ref}`. Default `'HISTORY'`. */
  history?: string | undefined
  /** The field that names the room, in what is sent and in what arrives. Default `'room'`. */
  field?: string | undefined
  /** The field in which a message of the room, or the answer to `join`, lists its members. Default `'members'`. */
  members?: string | undefined
  /** The field with a message's number, and in the answer to `join` that of the newest. Default `'sequence'`. */
  sequence?: string | undefined
}

/** What `fetch` takes as the headers of a request. */
export type TicketHeaders = Headers | Record<string, string> | [string, string][] | undefined

/**
 * Where a connection's ticket comes from: a short-lived token that an HTTP endpoint of yours gives out, and
 * that an authorizer of `$connect` finds in the query. Each attempt and each replacement gets a fresh one.
 */
export interface TicketOptions {
  /** An `http:` or `https:` URL, or a path of the page's (in a worker: of its script's). */
  endpoint: string | URL
  /** Default `'POST'`. There is no body. */
  method?: 'POST' | 'GET' | undefined
  /** Of the request. A function is asked for every ticket, so that a bearer token is always fresh. */
  headers?: TicketHeaders | (() => TicketHeaders | Promise<TicketHeaders>)
  /** Whether cookies go along, as for `fetch`. Default `'same-origin'`. */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined
  /** The query parameter that the ticket becomes. Default `'ticket'`. */
  parameter?: string | undefined
  /** The field of the JSON answer that is the ticket. Default `'ticket'`. An answer that is a text is the ticket itself. */
  field?: string | undefined
}

/** What may be said about a session. Unknown names and wrong types throw `bad-options`. */
export interface ConnectOptions {
  /**
   * `'api-gateway'`, the default, or `'generic'` for any other JSON WebSocket server: no connectionId,
   * no heartbeat, no rotation, no frame limit, binary allowed.
   */
  profile?: 'api-gateway' | 'generic' | undefined
  /** Milliseconds that the WebSocket may take to open, a URL function and a ticket included. Default 10,000. */
  connectTimeout?: number | undefined
  /** How to ask for the connectionId; `false`: not at all. */
  identify?: IdentifyOptions | false | undefined
  /** What follows the loss of a connection; `false`: the session ends with it. */
  reconnect?: ReconnectOptions | false | undefined
  /**
   * Asked whenever a connection is lost or an attempt has failed, unless the session ends anyway; what
   * is not truthy ends it. `close` is code 1006 without a reason where no close frame came: a connection
   * that answers no more, one that did not open, a URL or a ticket that could not be had. `error` says which.
   */
  shouldReconnect?: ((close: CloseDetails, error: GateSocketError) => unknown) | undefined
  /**
   * Milliseconds in which nothing arrived after which the question for the connectionId is sent again: the
   * gateway does not cut the connection after 10 idle minutes, and a dead one is found, also while messages
   * are sent. Default 8 minutes, give or take a tenth; `false`: never.
   */
  heartbeat?: number | false | undefined
  /** How a connection is tested that may be dead: `timeout` 5000, and not within `quiet` 15,000 of a message. */
  probe?: { timeout?: number | undefined; quiet?: number | undefined } | undefined
  /** When a connection is replaced before its 2 hours are over; `false`: never. */
  rotation?: RotationOptions | false | undefined
  /** What becomes of the connection of a hidden page. Default `'keep'`. */
  whenHidden?: 'keep' | { closeAfter: number } | undefined
  outbox?: OutboxOptions | undefined
  /** Milliseconds that `request` waits for its answer. Default 29,000. */
  requestTimeout?: number | undefined
  /** Largest message in bytes of UTF-8. Default 32,768, above which API Gateway closes; `false`: none. */
  frameLimit?: number | false | undefined
  /** Whether bytes may be sent. Default false: API Gateway closes on them. */
  binary?: boolean | undefined
  /**
   * What `socket.trace()` keeps: the last `entries`, default 256. `messages`, default false: also each
   * message, which soon leaves no room for others. `false`: nothing.
   */
  trace?: { entries?: number | undefined; messages?: boolean | undefined } | false | undefined
  /**
   * Whether entries of the type `measure` (User Timing) are written, for the Performance panel and for
   * a `PerformanceObserver`: `gatesocket connect`, `gatesocket identify` and `gatesocket rotation`. Only
   * the last of each name stays in the page's buffer. Default true.
   */
  userTiming?: boolean | undefined
  /**
   * Fetches a ticket for every connection and puts it into the query. What fails is `url-rejected`, with the
   * HTTP status if there is one. It is tried again after a network error, 408, 425, 429 (after `maxDelay` at
   * least) and 5xx; any other status ends the session, and so does a JSON object without the field.
   */
  ticket?: TicketOptions | null | undefined
  /** WebSocket subprotocols. The `$connect` integration must answer with one of them. */
  protocols?: string | readonly string[] | undefined
  rooms?: RoomsOptions | undefined
  /**
   * Called with each browser `WebSocket` of the session before it opens and before the session listens to it: for what
   * a session does not tell, as the raw events, `binaryType` and `extensions`. Listeners that are added here are called
   * before those of the session. Closing it is a lost connection to the session.
   */
  onLink?: ((socket: WebSocket) => void) | undefined
}

/** All that `connect` takes: options, callbacks, and a schema. */
export interface SessionOptions<In = unknown> extends ConnectOptions, Callbacks<In> {
  /**
   * Checks every incoming message, and may change it: any validator of the Standard Schema kind (zod,
   * valibot, arktype). What does not pass is an `invalid` event and no message; a `request` whose
   * answer does not pass rejects with `invalid-message`. Order is kept where it takes time.
   */
  schema?: StandardSchema<In> | undefined
}

/** The part of the Standard Schema interface (standardschema.dev) that is used here. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

/** What a Standard Schema says of a value. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

/** One thing that is wrong with a message, in the words of the schema. */
export interface Issue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** How a single message is sent. */
export interface SendOptions {
  /** Whether it may go out again when nobody knows whether it arrived. Default false. */
  retry?: boolean | undefined
}

/** How a message is sent that is a text of your own making. */
export interface RawSendOptions extends SendOptions {
  /** True: the string goes out as it is, and not as JSON. */
  raw: boolean
}

/** How a request is sent, and how long its answer is waited for. */
export interface RequestOptions extends SendOptions {
  /** Milliseconds. Default `requestTimeout`. */
  timeout?: number | undefined
  /** Gives up: the request rejects with `aborted`. */
  signal?: AbortSignal | undefined
}

/** How a listener is added. */
export interface ListenOptions {
  /** Removes the listener when it aborts. */
  signal?: AbortSignal | undefined
}

/** How a room is joined. */
export interface JoinOptions {
  /**
   * In a numbered room: so many of the messages that were there before come first, as far as the backend has
   * kept them. Default 0. In a room without numbers `join` rejects with `bad-options`.
   */
  history?: number | undefined
  /** Gives up: `join` rejects with `aborted`. */
  signal?: AbortSignal | undefined
}

/** How a message is sent to a room. */
export interface RoomSendOptions {
  /**
   * Sent along with the message: a backend that knows it stores nothing twice. In a numbered room every message has
   * one, made here if it is left out; call again with the same one after a failure.
   */
  id?: string | undefined
  /** As for `send`. In a numbered room it makes no difference: a message goes out again as often as it must. */
  retry?: boolean | undefined
}

/** The backend's answer to a message for a numbered room. */
export interface Sent {
  /** The number of the message in its room. */
  readonly sequence: number
  readonly id: string
  readonly [field: string]: unknown
}

/** Messages that can't be had any more: both numbers are among them. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** What a room tells. */
export interface RoomEvents<In = unknown> {
  /**
   * A message whose field `room` (or what `rooms.field` says) names this room, unless there is nothing in it but
   * members and their `count`. In a numbered room those with a number come in its order, each once, also those that were
   * missed while there was no connection; what has no number comes at once.
   */
  message: In
  /** Who is in the room now, where the backend tells it: see `rooms.members`. */
  members: readonly unknown[]
  /** The session is in the room again, with another connectionId; this is the backend's answer. */
  joined: unknown
  /** In a numbered room: messages were missed, and the backend has kept them no longer. Those after them follow. */
  gap: Gap
}

/**
 * A room that the session is in, and joins again with every new connectionId. It is a numbered one if the backend's answer
 * to `JOIN_ROOM` has a number `sequence`.
 */
export interface Room<In = unknown> {
  readonly name: string
  /** The backend's latest answer to `JOIN_ROOM`: there is one for each connectionId. */
  readonly answer: unknown
  /** Who is in the room, as the backend told it last; `null` if it never did. */
  readonly members: readonly unknown[] | null
  /** How many are in the room: the field `count` beside the members, or the length of their list; `null` without either. */
  readonly count: number | null
  /**
   * Sends `{action: 'SEND_MESSAGE', room, data}`.
   *
   * In a numbered room with an `id`, as a request, one after the other, and again whenever the connection was lost, once
   * the room is joined again: it resolves to the answer, and the message is stored once. Rejects with `refused` where the
   * backend answers with an `error`; with `request-timeout`, `connection-lost` or `gateway-error` after 3 tries (12, of
   * those that lost their connection): it may be stored then, and the same `id` makes another call harmless; with
   * `outbox-full` where 256 wait already, `aborted` where the room is left before it is sent, or as `send` does.
   */
  send(data: unknown, options?: RoomSendOptions): Promise<Sent | undefined>
  /** Calls `listener` for each event until the returned function is called, `signal` aborts or the room is left. */
  on<Name extends keyof RoomEvents>(
    name: Name,
    listener: (event: RoomEvents<In>[Name]) => void,
    options?: ListenOptions,
  ): () => void
  /** Ends this use of the room. The session leaves it when all that joined it have left. */
  leave(): void
}

/**
 * Some fields and their values: the messages that have them all. The fields and values that messages
 * of the type `In` can have.
 */
export type Match<In = unknown> = unknown extends In
  ? { readonly [field: string]: Plain }
  : { readonly [Field in FieldsOf<In>]?: Extract<ValueOf<In, Field>, Plain> }

type Plain = string | number | boolean | null
type FieldsOf<In> = In extends object ? keyof In : never
type ValueOf<In, Field> = In extends { readonly [_ in Field & PropertyKey]?: infer Value } ? Value : never

/** The messages of the type `In` that a {@link Match} lets pass. */
export type Matched<In, M> = [keyof M] extends [never]
  ? In
  : unknown extends In
    ? M & { readonly [field: string]: unknown }
    : In extends object
      ? In extends M
        ? In
        : In & M
      : never

/** How messages are iterated over. */
export interface IterateOptions {
  /** How many messages may wait to be taken. Default 1024. */
  buffer?: number | undefined
  /**
   * What happens when one more comes: `'error'`, the default, ends the iteration with
   * `buffer-overflow` after those that wait; `'dropOldest'` counts what it drops in `dropped`.
   */
  overflow?: 'error' | 'dropOldest' | undefined
  /** Ends the iteration with `aborted`. */
  signal?: AbortSignal | undefined
}

/**
 * The messages from now on. Ends when the session is closed with `close()`, after the messages that
 * wait; throws what ended the session otherwise.
 */
export interface MessageIterator<T> extends AsyncIterableIterator<T> {
  /** How many messages were dropped, where `overflow` allows it. */
  readonly dropped: number
  return(): Promise<IteratorResult<T>>
}

/** What a session has done so far. Times are in milliseconds. */
export interface Stats {
  /** Connections asked for. */
  linksBegun: number
  /** Connections that opened. */
  linksOpened: number
  /** Connections that became ready. */
  linksReady: number
  /** Connections that were replaced while they were good. */
  rotations: number
  /** Replacements that came to nothing, so that the good connection stayed. */
  rotationsFailed: number
  /** Connections that are gone, by cause: why there had to be another. */
  losses: Losses
  /** Messages that arrived for you, answers to requests included. */
  messagesReceived: number
  /**
   * Their length: that of a text as JavaScript counts it, that of binary data in bytes. Browsers do
   * not say how many bytes of UTF-8 a text had; where it is ASCII, as many.
   */
  charactersReceived: number
  /** Messages handed to a connection, requests and repetitions included. */
  messagesSent: number
  /** Their size in bytes of UTF-8. */
  bytesSent: number
  /** Questions sent because the connection had been silent for long. */
  heartbeats: number
  /** Questions sent because the connection might have been dead. */
  probes: number
  /** Times between a question for the connectionId and its answer. */
  roundTrip: { last: number | null; shortest: number | null; longest: number | null }
  /** What waits for a connection now, in bytes of UTF-8. */
  outbox: { messages: number; bytes: number }
  /** Requests that wait for an answer now. */
  pendingRequests: number
}

/**
 * One thing that a session was told or decided. `JSON.stringify(socket.trace())` can be sent to anybody:
 * it holds no URL, no text of a user or a server (close reasons, room names) and no message; of all
 * names only the connectionId.
 */
export type TraceEntry = {
  /** Grows with each entry. A gap in front of it is one that was dropped, or that went into this one. */
  number: number
  /** When, as `Date.now()` counts. */
  time: number
  /** Which of the session's connections, counted from 1. */
  link?: number
} & TraceEvent

/** What an entry of the trace is about. */
export type TraceEvent =
  | { event: 'status'; status: Status }
  /** A connection was asked for; it is open. */
  | { event: 'connect' | 'open' }
  /** It could not be created: the URL could not be had, or the browser refused. */
  | { event: 'refused'; code: ErrorCode }
  /** The question for the connectionId was sent, for this reason. */
  | { event: 'identify' | 'heartbeat' | 'probe' }
  /** It was answered, after so many milliseconds if it is certain which question it was. */
  | { event: 'answer'; roundTrip?: number }
  | { event: 'connectionid'; connectionId: string }
  /** A report of API Gateway; `unknown` if it is none of those known. */
  | { event: 'gatewayframe'; message: GatewayReport | 'unknown' }
  /** A connection has closed. */
  | { event: 'close'; code: number; wasClean: boolean }
  /** The current connection is lost or given up. */
  | { event: 'lost'; cause: keyof Losses }
  /** The session closes a connection with this code. */
  | { event: 'closing'; code: number }
  /** An attempt failed, or the session. */
  | { event: 'failed'; code: ErrorCode }
  /** The next attempt comes in so many milliseconds, after so many failures in a row. */
  | { event: 'wait'; delay: number; failures: number }
  /** A connection is replaced. */
  | { event: 'rotation'; step: 'begun' | 'done' | 'failed' }
  /** The session's rooms, in the order of joining. */
  | { event: 'room'; room: number; step: 'join' | 'joined' | 'failed' | 'leave' }
  /** The page or the network. */
  | {
      event: 'page'
      signal: 'online' | 'offline' | 'visible' | 'hidden' | 'frozen' | 'resumed' | 'stored' | 'restored'
    }
  /** A timer fired so many milliseconds too late that the machine must have slept. */
  | { event: 'late'; by: number }
  /** So many messages or requests were rejected; which one, if messages are kept. */
  | { event: 'rejected'; code: ErrorCode; count: number; message?: number }
  // Only with `trace: { messages: true }`. `message` is the session's number for it.
  | { event: 'send' | 'request'; message: number; bytes: number }
  /** A connection took it, or did not because it is closing; it has left, or was answered. */
  | { event: 'transmit' | 'nottaken' | 'resolved'; message: number }
  /** Something arrived, of so many UTF-16 code units. */
  | { event: 'received'; length: number }

/** How many connections were lost or given up, by cause. */
export interface Losses {
  /** They did not open, or their URL could not be had. */
  connect: number
  /** They brought no connectionId. */
  identify: number
  /** The other side closed them with a close frame. */
  closed: number
  /** They ended without a close frame (1006): the network broke. */
  broken: number
  /** They answered no probe. */
  silent: number
  /** They had outlived the gateway's limit while the machine slept. */
  outlived: number
  /** The page was hidden for longer than `whenHidden.closeAfter`. */
  hidden: number
  /** The page went into the back/forward cache. */
  stored: number
}

/** Functions to call, the short form of `socket.on(…)`. */
export interface Callbacks<In = unknown> {
  /** The session has a connectionId. `setConnectionId` of a `useState` fits. */
  onConnectionId?: ((connectionId: string, event: ConnectionIdEvent) => void) | undefined
  /** A message of the backend: the parsed JSON; text that is not JSON as it came. */
  onMessage?: ((message: In) => void) | undefined
  /** The status has changed. */
  onStatus?: ((status: Status) => void) | undefined
  /** API Gateway itself reported something, `Forbidden` or `Internal server error`. */
  onGatewayFrame?: ((frame: GatewayFrame) => void) | undefined
  /** An attempt failed, or the session; then its status is `closed`. */
  onError?: ((error: GateSocketError) => void) | undefined
  /** A connection has closed. Another follows unless the status is `closed`. */
  onClose?: ((close: CloseDetails) => void) | undefined
  /** A message came that the `schema` does not accept. */
  onInvalid?: ((invalid: InvalidMessage) => void) | undefined
}

/** A message that the `schema` does not accept. */
export interface InvalidMessage {
  readonly message: unknown
  readonly issues: readonly Issue[]
}

/** The event `connectionid`. */
export interface ConnectionIdEvent {
  connectionId: string
  /** The id before this one, `null` for the first. */
  previous: string | null
  /**
   * The backend's whole answer, of which `connectionId` is one field. `undefined` where the connection replaced another and
   * had to join rooms before.
   */
  answer: unknown
}

/** What API Gateway reports: `Forbidden` is a message for which there is no route and no `$default`. */
export type GatewayReport = 'Forbidden' | 'Internal server error' | 'Bad request body' | 'Too Many Requests'

/** A message written by API Gateway, not by your backend. */
export interface GatewayFrame {
  /** A {@link GatewayReport}, as far as is known. */
  message: string
  connectionId: string
  requestId?: string
  messageId?: string
}

/** How a connection closed: the fields of the browser's `CloseEvent`. */
export interface CloseDetails {
  /** 1001 idle for 10 minutes or open for 2 hours, 1006 no close frame, 1009 message too large, … */
  code: number
  reason: string
  wasClean: boolean
}

/** What `socket.on` can listen to. */
export interface Events<In = unknown> {
  message: In
  connectionid: ConnectionIdEvent
  status: Status
  gatewayframe: GatewayFrame
  error: GateSocketError
  close: CloseDetails
  invalid: InvalidMessage
  /** Each new entry of `socket.trace()`. */
  trace: TraceEntry
}

/** A session's state, one immutable object until something in it changes. */
export interface Snapshot {
  readonly status: Status
  readonly connectionId: string | null
  /** When the next attempt comes, as `Date.now()` counts, while the status is `waiting`. */
  readonly retryAt: number | null
  /** What failed last, `null` once the session is ready. */
  readonly error: GateSocketError | null
}

/** One logical connection to an API Gateway WebSocket API. Made by {@link connect}. */
export interface GateSocket<In = unknown, Out = unknown> extends Disposable, AsyncDisposable {
  /** API Gateway's name for the connection, `null` while it is not known. */
  readonly connectionId: string | null
  readonly status: Status
  /** The subprotocol that the server chose, `''` if none. */
  readonly protocol: string
  snapshot(): Snapshot
  /** When the next attempt comes, as `Date.now()` counts, while the status is `waiting`. */
  readonly retryAt: number | null
  /**
   * The connectionId, as soon as there is one, however many attempts that takes. Rejects when the
   * session ends before. (`undefined` where `identify` is false.) The same promise until the connectionId
   * changes, so that React's `use` can wait for it.
   */
  ready(): Promise<string>
  /**
   * Sends a value as JSON; with `raw`, a string as it is. Messages wait for `ready`, in order (256 or 1 MiB at most), also while the
   * session reconnects.
   *
   * Resolves when the message has left for the network, which is no receipt: what is under way when a
   * connection breaks is lost. Ask with `request` for what must arrive. Rejects with `delivery-unknown` when
   * the connection was lost before it left, and with `not-serializable`, `binary-unsupported`,
   * `frame-too-large` (over 32,768 bytes), `outbox-full`, `expired`, `closed`, or what ended the
   * session.
   */
  send(message: Out, options?: SendOptions): Promise<void>
  send(message: string, options: RawSendOptions): Promise<void>
  /**
   * Sends an object with a `ref` and resolves to the message that repeats it. Rejects with
   * `request-timeout`, `aborted`, `connection-lost`, `gateway-error` (when it is the only request
   * pending), or as `send` does.
   */
  request(message: Out, options?: RequestOptions): Promise<In>
  /**
   * Sends `{action: 'JOIN_ROOM', room, connectionId, ref}`, now and with every new connectionId, and
   * resolves with the first answer that repeats the `ref`. Who joins a room that was joined already
   * shares it. Rejects with `refused` if the answer has an `error`.
   */
  join(room: string, options?: JoinOptions): Promise<Room<In>>
  /**
   * Sends `{action: 'SEND_MESSAGE', room, data}`, in the room or not. In a room that the session is in, or joins now, as
   * `room.send` does.
   */
  publish(room: string, data: unknown, options?: RoomSendOptions): Promise<Sent | undefined>
  /** Counters of what the session has done so far. */
  stats(): Stats
  /** The last that the session was told and decided, oldest first; also after its end. */
  trace(): TraceEntry[]
  /** Calls `listener` for each event until the returned function is called or `signal` aborts. */
  on<Name extends keyof Events<In>>(
    name: Name,
    listener: (event: Events<In>[Name]) => void,
    options?: ListenOptions,
  ): () => void
  /** Calls `listener` for each message that has these fields: `on('message', { action: 'chat' }, (m) => …)`. */
  on<const M extends Match<In>>(
    name: 'message',
    match: M,
    listener: (message: Matched<In, M>) => void,
    options?: ListenOptions,
  ): () => void
  /** The messages from now on, or those that have the fields of `match`. */
  messages<const M extends Match<In>>(options: IterateOptions & { match: M }): MessageIterator<Matched<In, M>>
  messages(options?: IterateOptions): MessageIterator<In>
  /** `for await (const message of socket)`: as `messages()`. */
  [Symbol.asyncIterator](): MessageIterator<In>
  /**
   * Ends the session: removes listeners and timers and closes the WebSocket. So does the end of the
   * block of `using socket = connect(url)`.
   *
   * @param code 1000 (default) or 3000 to 4999
   * @param reason at most 123 bytes of UTF-8
   */
  close(code?: number, reason?: string): void
}

/** The stable codes of {@link GateSocketError}. */
export type ErrorCode =
  | 'url-rejected'
  | 'bad-options'
  | 'unsupported'
  | 'crashed'
  | 'not-initialized'
  | 'core-unavailable'
  | 'connect-timeout'
  | 'connect-failed'
  | 'identify-failed'
  | 'connection-lost'
  | 'delivery-unknown'
  | 'expired'
  | 'request-timeout'
  | 'gateway-error'
  | 'refused'
  | 'aborted'
  | 'closed'
  | 'not-serializable'
  | 'binary-unsupported'
  | 'frame-too-large'
  | 'outbox-full'
  | 'invalid-message'
  | 'buffer-overflow'

/** The facts of an error. Which of them there are depends on its code. */
export interface ErrorDetails {
  /** `connect-failed`, `connection-lost`: how the connection closed. */
  close?: CloseDetails
  /** `connect-timeout`, `identify-failed`: the limit in milliseconds. */
  timeout?: number
  /** `identify-failed`: what was asked. */
  action?: string
  /** `identify-failed`: how often it was asked. */
  sends?: number
  /** `identify-failed`: the last thing that came instead of an answer, `null` if nothing came. */
  last?: string | null
  /** `frame-too-large`, `outbox-full`: a size in bytes of UTF-8. */
  bytes?: number
  /** `frame-too-large`: the limit in bytes. */
  limit?: number
  /** `delivery-unknown`: the close code, if there was one. */
  code?: number
  /** `expired`: how long a message may wait, in milliseconds. */
  timeToLive?: number
  /** `gateway-error`: what API Gateway reported. */
  message?: string
  /** `url-rejected`, `core-unavailable`: the HTTP status of a ticket or of `core.wasm` that could not be had. */
  status?: number
  /** `outbox-full`: how many messages wait. `buffer-overflow`: how many may. */
  messages?: number
  /** `refused`: the backend's answer, whose field `error` says why. */
  answer?: unknown
  /** `invalid-message`: what the schema says. */
  issues?: readonly Issue[]
}

/** Everything that fails here fails with this. The message says what to do; it never holds a token. */
export declare class GateSocketError extends Error {
  constructor(code: ErrorCode, message: string, details?: ErrorDetails)
  readonly name: 'GateSocketError'
  readonly code: ErrorCode
  readonly details: ErrorDetails
}

/**
 * Begins to connect and returns the session at once.
 *
 * ```ts
 * const socket = connect('wss://…/production/', { onConnectionId: setConnectionId })
 * const connectionId = await socket.ready()
 * ```
 *
 * Throws a {@link GateSocketError} for a URL (`url-rejected`) or an option (`bad-options`) that can't
 * be used. Whatever fails later is an `error` event and rejects `ready()`; an error that nobody
 * listens to is written to the console.
 *
 * @param url an absolute `ws:` or `wss:` URL, or a function that makes one
 */
export declare function connect<In = unknown, Out = unknown>(
  url: Url,
  options?: SessionOptions<In>,
): GateSocket<In, Out>

/**
 * The connectionId of a connection that is closed again at once: connects, identifies, closes. It
 * tries once, unless `reconnect` says otherwise.
 */
export declare function getConnectionId(url: Url, options?: ConnectOptions): Promise<string>
