import { noEventSource, noSocketIO } from './options.js'

export { resetGlobalState } from './connection.js'
export { useWebSocket as default, useWebSocket } from './hook.js'
export { ReadyState } from './ready-state.js'

export function useSocketIO(): never {
  throw noSocketIO()
}

export function useEventSource(): never {
  throw noEventSource()
}
