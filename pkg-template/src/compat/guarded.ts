const guarded = new WeakMap<WebSocket, WebSocket>()

/** A shared WebSocket for one of those that share it: to be read, and not to be closed, sent with or taken over. */
export function guard(socket: WebSocket): WebSocket {
  let guard = guarded.get(socket)
  if (!guard) {
    guard = new Proxy(socket, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return () =>
          console.error(`gatesocket: ${String(name)}() of a shared WebSocket is not for one component. Use what useWebSocket returns.`)
      },
      set(target, name, value) {
        if (!String(name).startsWith('on')) return Reflect.set(target, name, value, target)
        console.warn(`gatesocket: ${String(name)} of a shared WebSocket is taken. Use the options of useWebSocket.`)
        return true
      },
    })
    guarded.set(socket, guard)
  }
  return guard
}
