// Runs in the page before its own scripts: keeps count of sockets, listeners on them, and timers, so
// that a test can see that nothing is left.

export function installLedger() {
  const sockets = new Set()
  const listeners = new Map()
  const timers = new Set()
  globalThis.ledger = {
    opened: 0,
    first: () => [...sockets][0],
    left: () => ({
      sockets: [...sockets].filter((socket) => socket.readyState < WebSocket.CLOSING).length,
      listeners: [...listeners.values()].reduce((sum, count) => sum + count, 0),
      timers: timers.size,
    }),
  }

  const Native = WebSocket
  globalThis.WebSocket = class extends Native {
    constructor(...args) {
      super(...args)
      ledger.opened++
      sockets.add(this)
    }
    addEventListener(type, listener, ...rest) {
      listeners.set(this, (listeners.get(this) ?? 0) + 1)
      super.addEventListener(type, listener, ...rest)
    }
    removeEventListener(type, listener, ...rest) {
      listeners.set(this, listeners.get(this) - 1)
      super.removeEventListener(type, listener, ...rest)
    }
  }

  const { setTimeout: set, clearTimeout: clear } = globalThis
  globalThis.setTimeout = (handler, ...rest) => {
    const id = set((...args) => {
      timers.delete(id)
      handler(...args)
    }, ...rest)
    timers.add(id)
    return id
  }
  globalThis.clearTimeout = (id) => {
    timers.delete(id)
    clear(id)
  }
}
