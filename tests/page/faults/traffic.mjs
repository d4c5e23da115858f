// What runs in the page: numbered messages without end, and a record of what became of each.

/** Before the page's scripts: keeps what every WebSocket was really given, and when it was left. */
export function installWire() {
  const Native = WebSocket
  globalThis.wire = []
  globalThis.WebSocket = class extends Native {
    constructor(address, ...rest) {
      super(address, ...rest)
      const link = Number(new URL(address).searchParams.get('link'))
      this.record = { link, numbers: [], leftAt: null, close: null, isClosedHere: false }
      wire.push(this.record)
      const left = () => (this.record.leftAt ??= performance.now())
      super.addEventListener('close', ({ code, wasClean }) => {
        left()
        this.record.close = { code, wasClean }
      })
    }
    send(text) {
      // A socket that closes takes a message and drops it (WHATWG's WebSocket standard, `send`).
      const taken = this.readyState === Native.OPEN
      super.send(text)
      const { number } = JSON.parse(text)
      if (taken && number !== undefined) this.record.numbers.push(number)
    }
    close(...args) {
      this.record.leftAt ??= performance.now()
      if (this.readyState === Native.OPEN) this.record.isClosedHere = true
      super.close(...args)
    }
  }
}

/** In the page: connects and begins to send. `run` tells its connections from those of other pages; `makeRandom` is the
    source of `randomFrom`. */
export function startTraffic([address, run, options, seed, makeRandom]) {
  const random = new Function(`return ${makeRandom}`)()(seed)
  const sent = []
  let links = 0
  let ticker
  const socket = connect(() => `${address}?run=${run}&link=${++links}`, options)
  const statuses = []
  const unexpected = []
  socket.on('status', (status) => statuses.push({ status, at: performance.now() }))
  socket.on('message', (message) => unexpected.push(message))

  const one = (length) => {
    const draw = random.share()
    const [isRequest, retry] = [draw < 0.25, draw < 0.1 || draw > 0.85]
    const number = sent.length
    const entry = { number, isRequest, retry, fate: null, at: performance.now() }
    sent.push(entry)
    const message = { action: isRequest ? 'DOUBLE' : 'NOTE', number, length, text: 'x'.repeat(length) }
    const promise = isRequest ? socket.request(message, { retry }) : socket.send(message, { retry })
    const settle = (fate) => {
      entry.fate = fate
      entry.settledAt = performance.now()
    }
    promise.then(
      (answer) => settle(isRequest && answer.double !== 2 * number ? 'wrong answer' : 'resolved'),
      (error) => settle(error.code ?? String(error)),
    )
  }

  globalThis.traffic = {
    socket,
    start: (pause) => (ticker ??= setInterval(() => {
      for (let count = random.between(0, 2); count > 0; count--) {
        one(random.share() < 0.05 ? random.between(10_000, 30_000) : random.between(0, 100))
      }
    }, pause)),
    stop: () => clearInterval(ticker),
    /** So many large ones at once. */
    flood: (count) => {
      for (; count > 0; count--) one(30_000)
    },
    /** Resolves when all that was sent before has arrived: the connection keeps the order. */
    flush: () => new Promise((resolve) => {
      const ask = () => socket.request({ action: 'FLUSH' }).then(resolve, ask)
      ask()
    }),
    pending: () => sent.filter(({ fate }) => fate === null).length,
    /** Resolves to the connectionId once the session is ready with another than `previous`. */
    becomesReady: (previous) =>
      new Promise((resolve) => {
        const look = () => {
          const { connectionId } = socket
          if (!connectionId || connectionId === previous) return
          off()
          resolve(connectionId)
        }
        const off = socket.on('connectionid', look)
        look()
      }),
    /** Where the session stands, for the report of a run that does not go on. */
    state: () => ({
      snapshot: { ...socket.snapshot(), error: String(socket.snapshot().error) },
      now: performance.now(),
      statuses: statuses.slice(-12),
      wire: wire.slice(-6).map(({ link, leftAt, close }) => ({ link, leftAt, close })),
    }),
    record: () => ({
      sent, unexpected, statuses,
      wire,
      stats: socket.stats(),
      status: socket.status,
      trace: socket.trace(),
    }),
  }
  return socket.ready()
}
