// Runs in the page before its own scripts: keeps count of sockets, listeners on them and on the
// page's own news, timers and message channels, so that a test can see that nothing is left.

export function installLedger() {
  const sockets = new Set()
  const listeners = new Map()
  const timers = new Set()
  let ports = 0
  const SIGNALS = ['online', 'offline', 'pagehide', 'pageshow', 'visibilitychange', 'freeze', 'resume']
  const memories = []
  let signals = 0
  // What listens to what: adding twice and removing what is not there changes nothing.
  const known = new WeakMap()
  const of = (target, type) => {
    const types = known.get(target) ?? {}
    known.set(target, types)
    return (types[type] ??= new Set())
  }
  const added = (target, type, listener) => (of(target, type).has(listener) ? 0 : (of(target, type).add(listener), 1))
  const removed = (target, type, listener) => Number(of(target, type).delete(listener))
  globalThis.ledger = {
    opened: 0,
    first: () => [...sockets][0],
    /** Lets sockets that have gone be collected. */
    forget() {
      for (const socket of sockets) {
        if (socket.readyState !== WebSocket.CLOSED) continue
        sockets.delete(socket)
        if (listeners.get(socket) === 0) listeners.delete(socket)
      }
    },
    /** The memory of all instances of WebAssembly, in bytes. */
    wasmBytes: () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
    left: () => ({
      sockets: [...sockets].filter((socket) => socket.readyState < WebSocket.CLOSING).length,
      listeners: [...listeners.values()].reduce((sum, count) => sum + count, 0),
      signals,
      timers: timers.size,
      ports,
    }),
  }

  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(Instance, given) {
      const instance = new Instance(...given)
      if (instance.exports.memory) memories.push(instance.exports.memory)
      return instance
    },
  })

  const Native = WebSocket
  globalThis.WebSocket = class extends Native {
    constructor(...args) {
      super(...args)
      ledger.opened++
      sockets.add(this)
    }
    addEventListener(type, listener, ...rest) {
      // One listens to `error` for as long as there is the socket: see links.js.
      if (type !== 'error') listeners.set(this, (listeners.get(this) ?? 0) + added(this, type, listener))
      super.addEventListener(type, listener, ...rest)
    }
    removeEventListener(type, listener, ...rest) {
      if (type !== 'error') listeners.set(this, (listeners.get(this) ?? 0) - removed(this, type, listener))
      super.removeEventListener(type, listener, ...rest)
    }
  }

  for (const target of [globalThis, document]) {
    for (const [name, step] of [['addEventListener', added], ['removeEventListener', (...given) => -removed(...given)]]) {
      const native = target[name]
      target[name] = (type, ...rest) => {
        if (SIGNALS.includes(type)) signals += step(target, type, rest[0])
        native.call(target, type, ...rest)
      }
    }
  }

  const Channel = MessageChannel
  globalThis.MessageChannel = class extends Channel {
    constructor() {
      super()
      // React's scheduler makes one while the page loads, and keeps it.
      if (!globalThis.loaded) return
      ports++
      const close = this.port1.close
      this.port1.close = () => {
        ports--
        close.call(this.port1)
      }
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
