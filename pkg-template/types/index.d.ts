/**
 * Where a session stands.
 *
 * - `idle`: nothing was asked for yet (only in React, before the first effect or while `url` is null)
 * - `connecting`: the WebSocket is opening
 * - `identifying`: it is open, the question for the connectionId is on its way
 * - `ready`: the connectionId is known, messages flow
 * - `closed`: the session has ended, by `close()` or by a failure
 */
export type Status = 'idle' | 'connecting' | 'identifying' | 'ready' | 'closed'

/** How to ask for the connectionId. */
export interface IdentifyOptions {
  /** The `action` of the question. Default `'GET_CONNECTION_ID'`. */
  action?: string | undefined
  /** Milliseconds to wait for an answer before asking again. Default 5000. */
  timeout?: number | undefined
  /** How often to ask before the session fails with `identify-failed`. Default 3. */
  attempts?: number | undefined
}

/** What may be said about a session. Unknown names and wrong types throw `bad-options`. */
export interface ConnectOptions {
  /** Milliseconds that the WebSocket may take to open. Default 10,000. */
  connectTimeout?: number | undefined
  /** How to ask for the connectionId. */
  identify?: IdentifyOptions | undefined
  /** WebSocket subprotocols. The `$connect` integration must answer with one of them. */
  protocols?: string | readonly string[] | undefined
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
  /** The session failed. */
  onError?: ((error: GateSocketError) => void) | undefined
  /** The session's connection has closed. */
  onClose?: ((close: CloseDetails) => void) | undefined
}

/** The event `connectionid`. */
export interface ConnectionIdEvent {
  connectionId: string
  /** The id before this one, `null` for the first. */
  previous: string | null
  /** The backend's whole answer, of which `connectionId` is one field. */
  answer: unknown
}

/** A message written by API Gateway, not by your backend. */
export interface GatewayFrame {
  /** `Forbidden` (no such route and no `$default`), `Internal server error` or `Bad request body`. */
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
}

/** A session's state, one immutable object until something in it changes. */
export interface Snapshot {
  readonly status: Status
  readonly connectionId: string | null
  /** Why the session ended, if it failed. */
  readonly error: GateSocketError | null
}

/** One logical connection to an API Gateway WebSocket API. Made by {@link connect}. */
export interface GateSocket<In = unknown, Out = unknown> {
  /** API Gateway's name for the connection, `null` while it is not known. */
  readonly connectionId: string | null
  readonly status: Status
  /** The subprotocol that the server chose, `''` if none. */
  readonly protocol: string
  snapshot(): Snapshot
  /** The connectionId, as soon as there is one. Rejects when the session ends before. */
  ready(): Promise<string>
  /**
   * Sends a value as JSON. Messages wait for `ready`, in order (256 or 1 MiB at most).
   *
   * Resolves when the browser has taken the message for a ready connection. Rejects with
   * `not-serializable`, `binary-unsupported`, `frame-too-large` (over 32,768 bytes), `outbox-full`,
   * `closed`, or what ended the session.
   */
  send(message: Out): Promise<void>
  /** Calls `listener` for each event until the returned function is called or `signal` aborts. */
  on<Name extends keyof Events<In>>(
    name: Name,
    listener: (event: Events<In>[Name]) => void,
    options?: { signal?: AbortSignal | undefined },
  ): () => void
  /**
   * Ends the session: removes listeners and timers and closes the WebSocket.
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
  | 'connect-timeout'
  | 'connect-failed'
  | 'identify-failed'
  | 'connection-lost'
  | 'closed'
  | 'not-serializable'
  | 'binary-unsupported'
  | 'frame-too-large'
  | 'outbox-full'

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
  /** `outbox-full`: how many messages wait. */
  messages?: number
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
 * @param url an absolute `ws:` or `wss:` URL
 */
export declare function connect<In = unknown, Out = unknown>(
  url: string | URL,
  options?: ConnectOptions & Callbacks<In>,
): GateSocket<In, Out>

/** The connectionId of a connection that is closed again at once: connects, identifies, closes. */
export declare function getConnectionId(url: string | URL, options?: ConnectOptions): Promise<string>
