import type { Callbacks, ConnectionIdEvent, Events, GateSocket } from '../types/index.js'

/** The options that are called with an event, each of which is named for its event: `onMessage` for `message`. */
export const CALLBACKS: readonly (keyof Callbacks)[] = [
  'onConnectionId',
  'onMessage',
  'onStatus',
  'onGatewayFrame',
  'onError',
  'onClose',
  'onInvalid',
]

export function eventOf(callback: keyof Callbacks): keyof Events {
  return callback.slice(2).toLowerCase() as keyof Events
}

/** Passes the events of a session on to callbacks, whichever there are by then, until what is returned is called. */
export function passOn(socket: GateSocket, names: readonly (keyof Callbacks)[], callbacks: () => Callbacks): () => void {
  const offs = names.map((name) =>
    socket.on(eventOf(name), (event: unknown) => {
      const call = callbacks()[name] as ((...given: unknown[]) => void) | undefined
      if (name === 'onConnectionId') call?.((event as ConnectionIdEvent).connectionId, event)
      else call?.(event)
    }),
  )
  return () => offs.forEach((off) => off())
}
