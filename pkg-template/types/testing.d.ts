/// <reference lib="esnext.disposable" />

/**
 * Which WebSockets a fake gateway answers for: a URL, whatever stands in its query; a RegExp for whole URLs; or a function
 * that decides.
 */
export type GatewayUrl = string | URL | RegExp | ((url: URL) => boolean)

/** What of API Gateway's limits a test wants otherwise. */
export interface FakeGatewayOptions {
  /** Milliseconds without data in either direction after which a connection is closed with 1001. Default 10 minutes; Infinity: never. */
  idleTimeout?: number | undefined
  /** Milliseconds after which a connection is closed with 1001. Default 2 hours; Infinity: never. */
  maxConnectionDuration?: number | undefined
  /**
   * Whether rooms number their messages and keep them, so that sessions lose none, and speak as the project's `lambda/chat`: `JOIN_ROOM`
   * and `SEND_MESSAGE` are answered with a `sequence`, and `HISTORY` and `MEMBERS` are answered to members. Default false.
   */
  numbered?: boolean | undefined
}

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds of the machine's time after which the promise rejects. Default 4000. */
  timeout?: number | undefined
}

/** Some fields and their values, all of which a message must have; or a function that decides. */
export type MessageMatch = { readonly [field: string]: unknown } | ((message: any) => boolean)

/** What `$connect` answers: a status, 200 if it is `undefined`, and headers. */
export type ConnectResult = number | { statusCode: number; headers?: { [name: string]: string } }

/**
 * Decides whether a client may connect. The upgrade waits for the answer; any status but 2xx, and an error, refuse it. Of
 * subprotocols that the client offers in `connection.protocols`, one must be returned in the header
 * `Sec-WebSocket-Protocol`, as on AWS.
 */
export type ConnectHandler = (connection: FakeConnection) => ConnectResult | undefined | void | Promise<ConnectResult | undefined | void>

/** Is told that a connection has ended; `connection.closed` says how. */
export type DisconnectHandler = (connection: FakeConnection) => void | Promise<void>

/**
 * Answers a message. What it returns goes to the client, as JSON unless it is a string, and with the `ref` of the message if
 * it is an object; `undefined` sends nothing. When it throws, or takes more than 29 seconds, the client gets the gateway frame
 * `Internal server error`, and the console the error.
 *
 * @param message parsed; the text itself where it is not JSON
 */
export type MessageHandler = (message: any, connection: FakeConnection) => unknown

/** The gateway's end of one connection. */
export interface FakeConnection {
  /** As API Gateway's: 16 characters that end in `=`. The first of a gateway is the same in every run, and so on. */
  readonly id: string
  /** What the client connected to, with the query. */
  readonly url: URL
  /** The subprotocols that the client offered. */
  readonly protocols: readonly string[]
  /** Whether messages can be sent. */
  readonly isOpen: boolean
  /** How it ended; 1005 without a code from the client, 1006 when it was lost. `null` until then. */
  readonly closed: { readonly code: number; readonly reason: string; readonly wasClean: boolean } | null
  /** Every message of this client so far, parsed, oldest first: also the session's own, such as `GET_CONNECTION_ID`. */
  readonly received: readonly any[]
  /** As {@link FakeGateway.receive}, for this client alone. */
  receive(match?: MessageMatch, options?: WaitOptions): Promise<any>
  /**
   * Sends a message: a string as it is, anything else as JSON.
   *
   * @throws where the management API would answer 410 (the connection has ended) or 413 (above 128 KB)
   */
  send(message: unknown): void
  /** Sends what API Gateway itself writes, byte for byte: `'Forbidden'`, `'Internal server error'`, `'Bad request body'`, … */
  gatewayFrame(message: string): void
  /** Closes it as a call of `DeleteConnection` does (1000, `Connection Closed Normally`), or with another code. */
  close(code?: number, reason?: string): void
  /** Breaks it without a close frame: the client sees 1006. */
  cut(): void
  /** Nothing gets through any more, and nobody is told: what a lost network looks like. */
  silence(): void
}

/** A room of the fake backend. */
export interface FakeRoom {
  readonly name: string
  /** The connectionIds of its members. */
  readonly members: readonly string[]
  /** Where rooms are numbered, all messages so far: `{room, sequence, id, data, at}`, of a client's also `from`. */
  readonly messages: readonly any[]
  /** Sends `{room, data}` to all members; where rooms are numbered, with `sequence` and `id`. */
  send(data: unknown): void
}

/** What {@link fakeGateway} returns. */
export interface FakeGateway {
  /** The connections that are open, oldest first. */
  readonly connections: readonly FakeConnection[]
  /** Every message of all clients so far, parsed, in the order of their arrival. */
  readonly received: readonly any[]
  /**
   * The next connection: the first call gives the first one, also when it was opened before, the second call the second.
   * What it led to has happened by then, so that a session usually has its connectionId.
   */
  connected(options?: WaitOptions): Promise<FakeConnection>
  /**
   * The next message that fits: the first one that no call returned before, now or when it arrives. Rejects with a list of
   * what arrived instead.
   */
  receive(match?: MessageMatch, options?: WaitOptions): Promise<any>
  /**
   * Decides about connections; without it all are accepted, with the first subprotocol that is offered.
   *
   * @returns a function that puts things back
   */
  on(key: '$connect', handler: ConnectHandler): () => void
  on(key: '$disconnect', handler: DisconnectHandler): () => void
  /**
   * Answers the messages with this `action`; `'$default'` takes what no other takes, text that is not JSON included. What
   * nobody takes is answered with the gateway frame `Forbidden`, as on AWS. There from the start: `GET_CONNECTION_ID`,
   * `JOIN_ROOM`, `LEAVE_ROOM` and `SEND_MESSAGE`, and `HISTORY` and `MEMBERS` where rooms are numbered.
   *
   * @returns a function that puts things back
   */
  on(key: string, handler: MessageHandler): () => void
  /** Takes a route away, so that its messages are answered with the gateway frame `Forbidden`. */
  forbid(key: string): void
  /** Has a route answer with the gateway frame `Internal server error`. */
  crash(key: string): void
  /** A room of the backend, by its name. */
  room(name: string): FakeRoom
  /**
   * Sends a message to all open connections: a string as it is, anything else as JSON.
   *
   * @throws if there is none
   */
  send(message: unknown): void
  /** Closes all connections: {@link FakeConnection.close}. */
  close(code?: number, reason?: string): void
  /** Breaks all connections: {@link FakeConnection.cut}. */
  cut(): void
  /** Lets all connections die in silence: {@link FakeConnection.silence}. */
  silence(): void
  /** Refuses the next connections, so many of them or all. Browsers show that as 1006 without an `open`. */
  refuse(times?: number): void
  /** Ends `refuse()`. */
  accept(): void
  /**
   * Moves the time of sessions and of this gateway on: reconnects, heartbeats, timeouts, rotation, the idle cut and the
   * lifetime of connections come in their order. Other timers of the page are left alone.
   *
   * Resolves when everything that it led to has happened.
   */
  advance(milliseconds: number): Promise<void>
  /** Resolves when everything that is on its way has arrived, and what it led to has happened. */
  settled(): Promise<void>
  /** Puts `WebSocket` back. Sessions that are left see nothing of it: no close, and no timer of theirs fires. */
  dispose(): void
  [Symbol.dispose](): void
}

/**
 * An API Gateway in the page, for tests: `WebSocket` is its own until `dispose()`. It is tested in Vitest and Jest with
 * jsdom, and in browsers.
 *
 * @param url for which WebSockets; for all, if left out
 */
export function fakeGateway(url?: GatewayUrl, options?: FakeGatewayOptions): FakeGateway
export function fakeGateway(options?: FakeGatewayOptions): FakeGateway
