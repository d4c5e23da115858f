import type { Callbacks, ConnectOptions, GateSocket, RequestOptions, SendOptions, Snapshot } from './index.js'

/** What {@link useGateSocket} returns. The object is the same until something in it changes. */
export interface UseGateSocket<In = unknown, Out = unknown> extends Snapshot {
  /** `socket.send` of the session; always the same function for a URL. */
  readonly send: (message: Out, options?: SendOptions) => Promise<void>
  /** `socket.request` of the session; always the same function for a URL. */
  readonly request: (message: Out, options?: RequestOptions) => Promise<In>
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
 * (never while rendering, never on a server), and ends a moment after the last component has gone,
 * so that StrictMode and a change of route keep it. Callbacks always see the latest closure, and
 * changing them does not reconnect. A URL or an option that can't be used is `error`, not a throw.
 *
 * @param url an absolute `ws:` or `wss:` URL, or null for no connection yet
 */
export declare function useGateSocket<In = unknown, Out = unknown>(
  url: string | URL | null,
  options?: ConnectOptions & Callbacks<In>,
): UseGateSocket<In, Out>
