import { useEffect, useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { Callbacks, ConnectOptions } from '../types/index.js'
import type { UseGateSocket } from '../types/react.js'
import { type SharedOptions, SharedSocket, type SharedState } from './shared.js'

const IDLE: SharedState = { status: 'idle', connectionId: null, error: null, socket: null }

export function useGateSocket<In = unknown, Out = unknown>(
  url: string | URL | null,
  options: ConnectOptions & Callbacks<In> = {},
): UseGateSocket<In, Out> {
  const { onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose, ...rest } = options
  const callbacks = useLatest({ onConnectionId, onMessage, onStatus, onGatewayFrame, onError, onClose })
  const address = url === null ? null : String(url)
  const key = JSON.stringify([address, rest])
  // The key stands for both: options that are written in the component are new at each render.
  const shared = useMemo(() => new SharedSocket(key, address, rest as SharedOptions), [key])
  const state = useSyncExternalStore(shared.subscribe, shared.state, () => IDLE)

  // After subscribe, in the same pass of effects: no event can come between the two.
  useEffect(() => shared.listen(() => callbacks.current as Callbacks), [shared, callbacks])

  return useMemo(
    () => ({ ...state, send: shared.send }) as UseGateSocket<unknown, unknown> as UseGateSocket<In, Out>,
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
