import { useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { Callbacks, ConnectOptions } from '../types/index.js'
import type { UseGateSocket } from '../types/react.js'
import { IDLE, sharedKey, SharedSocket } from './shared.js'

export function useGateSocket<In = unknown, Out = unknown>(
  url: string | URL | null,
  options: ConnectOptions & Callbacks<In> = {},
): UseGateSocket<In, Out> {
  const { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose, ...rest } = options ?? {}
  const callbacks = { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose } as Callbacks
  const address = url === null ? null : String(url)
  const key = sharedKey(address, rest)
  // The key stands for both: options that are written in the component are new at each render.
  const shared = useMemo(() => new SharedSocket(key, address, rest), [key])
  const latest = useLatest({ shared, callbacks })
  const state = useSyncExternalStore(shared.subscribe, shared.state, () => IDLE)

  // After subscribe, in the same pass of effects: no event can come between the two.
  useEffect(
    () =>
      // With a new URL the callbacks change a moment before the session does: what still comes from
      // the old session is not for them.
      shared.listen(() => (latest.current.shared === shared ? latest.current.callbacks : {})),
    [shared, latest],
  )

  return useMemo(
    () => ({ ...state, send: shared.send, request: shared.request }) as UseGateSocket<unknown, unknown> as UseGateSocket<In, Out>,
    [state, shared],
  )
}

/** A ref to this render's value, set before any other effect can read it. */
function useLatest<T>(value: T): { readonly current: T } {
  const ref = useRef(value)
  useInsertionEffect(() => {
    ref.current = value
  })
  return ref
}
