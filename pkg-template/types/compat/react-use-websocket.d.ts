import type { SessionOptions } from '../index.js'

/** Where a connection stands: the numbers of `WebSocket.readyState`, and one more. */
export declare enum ReadyState {
  /** There is none, and never was: the url is null or `connect` is false. */
  UNINSTANTIATED = -1,
  CONNECTING = 0,
  OPEN = 1,
  CLOSING = 2,
  CLOSED = 3,
}

export interface QueryParams {
  [key: string]: string | number
}

export type HeartbeatOptions = {
  /** What is sent while nothing arrives. Default `'ping'`. */
  message?: 'ping' | 'pong' | string | (() => string)
  /** The text of an answer, which is then no `lastMessage`. */
  returnMessage?: 'ping' | 'pong' | string
  /** Milliseconds without any message after which the connection is given up. Default 60,000. */
  timeout?: number
  /** Milliseconds without any message after which `message` is sent. Default 25,000. */
  interval?: number
}

/**
 * Options of gatesocket's own, for the session below: `profile: 'api-gateway'` for a backend of AWS, callbacks as
 * `onConnectionId`, `ticket`, `connectTimeout`. What the hook's options say already is not among them.
 */
export type SessionOptionsBelow = Omit<
  SessionOptions,
  'reconnect' | 'shouldReconnect' | 'protocols' | 'onLink' | 'onMessage' | 'schema' | 'rooms'
>

/** What the hook takes. A name that is not among them throws `bad-options`. */
export interface Options {
  /** Appended to the URL as they are, with nothing encoded. Another value makes another connection. */
  queryParams?: QueryParams
  protocols?: string | string[]
  /** Whether components with the same URL share one connection. Default false. */
  share?: boolean
  onOpen?: (event: WebSocketEventMap['open']) => void
  onClose?: (event: WebSocketEventMap['close']) => void
  onMessage?: (event: WebSocketEventMap['message']) => void
  onError?: (event: WebSocketEventMap['error']) => void
  /** Called once the last of `reconnectAttempts` has failed. */
  onReconnectStop?: (numAttempts: number) => void
  /** Asked after each close; without it nothing follows a close. */
  shouldReconnect?: (event: WebSocketEventMap['close']) => boolean
  /** Milliseconds from a close to the next attempt. Default 5000. */
  reconnectInterval?: number | ((lastAttemptNumber: number) => number)
  /** Default 20. */
  reconnectAttempts?: number
  /** Only messages for which it returns true become `lastMessage`. */
  filter?: (message: WebSocketEventMap['message']) => boolean
  /** Whether another attempt follows an error event, or a URL function that failed. Default false. */
  retryOnError?: boolean
  /** Nothing is asserted here, so that there is nothing to skip. */
  skipAssert?: boolean
  heartbeat?: boolean | HeartbeatOptions
  /** True: `lastJsonMessage` is always null. */
  disableJson?: boolean
  /** What the session below is told. Default `{ profile: 'generic' }`. */
  gatesocket?: SessionOptionsBelow
  /** @deprecated Socket.IO is not spoken here: true throws `unsupported`. */
  fromSocketIO?: false
  /** @deprecated There is no EventSource here: a value throws `unsupported`. */
  eventSourceOptions?: undefined
}

export type WebSocketMessage = string | ArrayBuffer | SharedArrayBuffer | Blob | ArrayBufferView

/** Sends now if the connection is open; otherwise, unless `keep` is false, as soon as it is. Always the same function. */
export type SendMessage = (message: WebSocketMessage, keep?: boolean) => void
/** The same with `JSON.stringify` before it. */
export type SendJsonMessage = <T = unknown>(jsonMessage: T, keep?: boolean) => void

export type WebSocketLike = WebSocket

/** What the hook returns. */
export type WebSocketHook<T = unknown, P = WebSocketEventMap['message'] | null> = {
  sendMessage: SendMessage
  sendJsonMessage: SendJsonMessage
  /** The event of the last message, `null` before the first. Each message is rendered by itself. */
  lastMessage: P
  /** Its JSON, `{}` for a text that is none, `null` before the first message. One value for all components. */
  lastJsonMessage: T
  readyState: ReadyState
  /** The browser's `WebSocket`; of a shared connection one that can be read and not be closed, sent with or listened to. */
  getWebSocket: () => WebSocketLike | null
}

/**
 * The hook of `react-use-websocket`, on sessions of gatesocket.
 *
 * ```tsx
 * import useWebSocket, { ReadyState } from 'gatesocket/compat/react-use-websocket'
 * const { sendJsonMessage, lastJsonMessage, readyState } = useWebSocket<Message>(url, { share: true })
 * ```
 *
 * Throws a `GateSocketError` while rendering: `bad-options` for an option that is unknown or of the wrong type,
 * `unsupported` for Socket.IO and EventSource.
 *
 * @param url a URL, or a function that makes one and is asked for every connection (another function makes another
 * connection), or null for none
 * @param connect false: no connection. Default true.
 */
export declare function useWebSocket<T = unknown>(
  url: string | (() => string | Promise<string>) | null,
  options?: Options,
  connect?: boolean,
): WebSocketHook<T>
export default useWebSocket

/** Forgets the shared connection of a URL, or all: components that come now share another one. */
export declare function resetGlobalState(url?: string): void

/** @deprecated Socket.IO is not spoken here. Throws `unsupported`. */
export declare function useSocketIO(...given: unknown[]): never
/** @deprecated There is no EventSource here. Throws `unsupported`. */
export declare function useEventSource(...given: unknown[]): never
