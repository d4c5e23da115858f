export type Direction = 'in' | 'out' | 'note'

export interface LogEntry {
  id: number
  at: Date
  direction: Direction
  /** Of a note: who says it, or its code. */
  from: string
  text: string
}

/** How many entries are kept; the oldest go first. */
const MOST = 200

/** What went over the connection, newest first. */
export class WireLog {
  entries: readonly LogEntry[] = []
  #number = 0
  #listeners = new Set<() => void>()

  add(direction: Direction, from: string, text: string): void {
    const entry = { id: ++this.#number, at: new Date(), direction, from, text }
    this.entries = [entry, ...this.entries].slice(0, MOST)
    for (const listener of this.#listeners) listener()
  }

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** Writes down every frame of a WebSocket, exactly as it goes over the wire. */
export function recordWire(socket: WebSocket, log: WireLog): void {
  socket.addEventListener('message', ({ data }) => log.add('in', 'received', String(data)))
  socket.addEventListener('close', ({ code, reason }) => log.add('note', `closed ${code}`, reason || 'no reason given'))
  const send = socket.send.bind(socket)
  socket.send = (data) => {
    log.add('out', 'sent', String(data))
    send(data)
  }
}
