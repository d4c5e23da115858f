import type { ReactNode } from 'react'
import type {
  Gap,
  GateSocket,
  GateSocketError,
  Match,
  Matched,
  RequestOptions,
  RoomSendOptions,
  SendOptions,
  Sent,
  SessionOptions,
  Snapshot,
  Status,
  Url,
} from './index.js'

/**
 * What your messages are, said once for all hooks:
 *
 * ```ts
 * declare module 'gatesocket/react' {
 *   interface Register { in: Incoming; out: Outgoing }
 * }
 * ```
 */
export interface Register {}

/** Incoming messages, as {@link Register} says; `unknown` if it does not. */
export type RegisteredIn = Register extends { in: infer In } ? In : unknown
/** Outgoing messages, as {@link Register} says; `unknown` if it does not. */
export type RegisteredOut = Register extends { out: infer Out } ? Out : unknown

/** Whether an error is thrown while rendering, for an error boundary; a function decides for each. */
export type ThrowOnError = boolean | ((error: GateSocketError) => boolean)

/** What {@link useGateSocket} takes besides the URL. */
export interface UseGateSocketOptions<In = RegisteredIn> extends SessionOptions<In> {
  /** Whether other components with the same URL share the session. Default true. */
  share?: boolean | undefined
  /** True: once the session has ended with an error. A function is asked about every `error`. Default false. */
  throwOnError?: ThrowOnError | undefined
}

/** What {@link useGateSocket} returns. The object is the same until something in it changes. */
export interface UseGateSocket<In = RegisteredIn, Out = RegisteredOut> extends Snapshot {
  /** `socket.send` of the session; always the same function for a URL. */
  readonly send: (message: Out, options?: SendOptions) => Promise<void>
  /** `socket.request` of the session; always the same function for a URL. */
  readonly request: (message: Out, options?: RequestOptions) => Promise<In>
  /**
   * A promise of the connectionId for `use` of React 19, which suspends until it is known for the first
   * time and never again. Where nothing but a suspended component uses the session, it is kept for 30
   * seconds; a {@link GateSocketProvider} outside the `Suspense` keeps it for as long as it takes. On
   * a server it rejects, so that the fallback is sent.
   */
  readonly ready: () => Promise<string>
  /** The session, `null` before the first effect and while `url` is null. */
  readonly socket: GateSocket<In, Out> | null
}

/**
 * A live connection for a component, with its connectionId.
 *
 * ```tsx
 * const { connectionId, status, send } = useGateSocket('wss://…/production/')
 * ```
 *
 * Components that name the same URL and options share one session. It begins with the first effect
 * (never while rendering unless `ready` is called, never on a server), and ends a moment after the last
 * component has gone, so that StrictMode, Fast Refresh and a change of route keep it. Callbacks and all
 * functions in options are the latest ones, and changing them does not reconnect; of functions that several
 * components give, those of the one that rendered last are called. Components with one
 * URL and different options are an error in development; `profile` and `protocols` make another session
 * of the same URL. A URL or an option that can't be used is `error`, not a throw.
 *
 * A function as `url` is asked for every connection. A component keeps its session while it passes
 * functions, whichever they are, and the latest is asked; components share it if the first function of
 * each is the same one, declared outside of them or in a `useCallback`.
 *
 * @param url an absolute `ws:` or `wss:` URL or a function that makes one, or null for no connection
 * yet; without one, the session of the {@link GateSocketProvider} above
 */
export declare function useGateSocket<In = RegisteredIn, Out = RegisteredOut>(
  url: Url | null,
  options?: UseGateSocketOptions<In>,
): UseGateSocket<In, Out>
export declare function useGateSocket<In = RegisteredIn, Out = RegisteredOut>(): UseGateSocket<In, Out>

/** What {@link GateSocketProvider} takes. */
export interface GateSocketProviderProps<In = RegisteredIn> {
  url: Url | null
  /** As for {@link useGateSocket}. */
  options?: Omit<UseGateSocketOptions<In>, 'throwOnError'> | undefined
  children?: ReactNode
}

/** One session for all hooks below it that name no other. It never renders its children again by itself. */
export declare function GateSocketProvider<In = RegisteredIn>(props: GateSocketProviderProps<In>): ReactNode

/** Which session a hook is about: what `useGateSocket` returned, or a URL with default options. */
export type From<In = RegisteredIn, Out = RegisteredOut> = UseGateSocket<In, Out> | Url | null

/** What most hooks take. */
export interface HookOptions<In = RegisteredIn, Out = any> {
  /** Default: the session of the {@link GateSocketProvider} above. */
  from?: From<In, Out> | undefined
}

/** The status of a session. Renders for nothing else. */
export declare function useStatus(from?: From<any, any>): Status

/** The connectionId, `null` while it is not known. Renders for nothing else. */
export declare function useConnectionId(from?: From<any, any>): string | null

/** What {@link useMessages} takes. */
export interface MessagesOptions<In = any, M = Match, Row = any> extends HookOptions<In> {
  /** Only messages with these fields. */
  match?: M | undefined
  /** What is kept of a message; `undefined` leaves it out. The latest function is called, once for each message. */
  select?: ((message: Matched<In, M>) => Row | undefined) | undefined
  /**
   * How many messages that were rendered before are kept, `Infinity` for all. Default 100. Those that came
   * since the last render are all there, up to 10,000: more wait only for a component that is suspended, and
   * of them the oldest go, which the console tells (`buffer-overflow`).
   */
  limit?: number | undefined
}

/**
 * The messages since the component was mounted, oldest first: the same array until another one comes.
 * Renders at most once for an animation frame, and every message is in what is rendered next, also in
 * a hidden tab. A message that `match` or `select` leaves out renders nothing.
 */
export declare function useMessages<
  In = RegisteredIn,
  const M extends Match<In> = {},
  Row = Matched<In, M>,
>(options?: MessagesOptions<In, M, Row>): readonly Row[]

/** Calls the latest `listener` at once with every message, and renders nothing. */
export declare function useMessage<In = RegisteredIn>(listener: (message: In) => void, options?: HookOptions<In>): void
/** Calls it with every message that has these fields. */
export declare function useMessage<In = RegisteredIn, const M extends Match<In> = Match<In>>(
  match: M,
  listener: (message: Matched<In, M>) => void,
  options?: HookOptions<In>,
): void

/** What {@link useRequest} takes besides the message. */
export interface UseRequestOptions<In = any, Out = any> extends HookOptions<In, Out>, Omit<RequestOptions, 'signal'> {
  throwOnError?: ThrowOnError | undefined
}

/** What {@link useRequest} returns. */
export interface UseRequest<In = any, Out = any> {
  /** The last answer, which stays while the next one is waited for. */
  readonly data: In | undefined
  readonly error: GateSocketError | null
  readonly pending: boolean
  /**
   * Sends the message again, or another one, and gives up on the one before. The promise rejects with what is
   * `error` too, so nothing is reported where nobody waits for it.
   */
  readonly run: (message?: Out) => Promise<In>
}

/**
 * Sends a request when the component is mounted (or shown again by React's `Activity`) and when the message is
 * another one; `null` sends nothing until `run` is called. Unmounting gives up on it.
 */
export declare function useRequest<In = RegisteredIn, Out = RegisteredOut>(
  message: Out | null,
  options?: UseRequestOptions<In, Out>,
): UseRequest<In, Out>

/** What {@link useRoom} takes besides the name. */
export interface UseRoomOptions<In = any> extends HookOptions<In> {
  /** As for {@link useMessages}; 0 for a component that shows no messages. */
  limit?: number | undefined
  /** As for `socket.join`: so many earlier messages come first, in a numbered room. Looked at when the room is joined. */
  history?: number | undefined
}

/** What {@link useRoom} returns. */
export interface UseRoom<In = any> {
  /** Whether the backend has let the session in, until it ends. It joins again by itself with every new connectionId. */
  readonly joined: boolean
  /** The backend's answer to `JOIN_ROOM`. */
  readonly answer: unknown
  /**
   * Messages of this room since it was joined, as {@link useMessages} returns them. In a numbered room all of them, each
   * once and in order, whatever happens to connections.
   */
  readonly messages: readonly In[]
  /** Who is in the room, where the backend tells it (`rooms.members`). */
  readonly members: readonly unknown[] | null
  /** How many are in the room, where the backend tells it. */
  readonly count: number | null
  /** Which messages of a numbered room were missed last and can't be had any more, `null` if none were. */
  readonly gap: Gap | null
  /** Why the room could not be joined. */
  readonly error: GateSocketError | null
  /** As `room.send` of `socket.join`; also before the room is joined. */
  readonly send: (data: unknown, options?: RoomSendOptions) => Promise<Sent | undefined>
}

/**
 * Joins a room while any component that names it is mounted; `null` joins none.
 *
 * ```tsx
 * const { messages, members, send } = useRoom('lobby')
 * ```
 */
export declare function useRoom<In = RegisteredIn>(name: string | null, options?: UseRoomOptions<In>): UseRoom<In>
