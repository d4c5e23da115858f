import type { FakeRoom } from '../../types/testing.js'
import type { Connection } from './connection.js'

/** A message of a numbered room, as it is sent and kept. */
interface Numbered {
  room: string
  sequence: number
  id: string
  data: unknown
  from?: string
}

/** What `HISTORY` asks for. */
interface Wish {
  room: string
  after?: number
  before?: number
  limit?: number
}

/** As many messages as an answer has unless another number is asked for. */
const PAGE = 100

/** Rooms as a backend keeps them that speaks the session's protocol. */
export class Rooms {
  #rooms = new Map<string, Set<Connection>>()
  /** What was said in each room, where that is numbered. */
  #logs: Map<string, Numbered[]> | null

  constructor(isNumbered: boolean) {
    this.#logs = isNumbered ? new Map() : null
  }

  join(name: string, connection: Connection): object {
    const members = this.#members(name)
    const isNew = !members.has(connection)
    members.add(connection)
    if (isNew) this.#tellMembers(name, connection)
    return { ...this.#listOf(name), ...(this.#logs && { sequence: this.#log(name).length }) }
  }

  leave(name: string, connection: Connection): object {
    if (this.#members(name).delete(connection)) this.#tellMembers(name)
    return { room: name }
  }

  /** Leaves all rooms. */
  forget(connection: Connection): void {
    for (const name of this.#rooms.keys()) this.leave(name, connection)
  }

  /** What is answered to the sender: nothing where messages have no numbers. */
  publish(name: string, data: unknown, from?: Connection, id?: string): object | undefined {
    const author = from && { from: from.id }
    if (!this.#logs) {
      for (const member of this.#members(name)) member.send({ room: name, data, ...author })
      return undefined
    }
    const log = this.#log(name)
    const before = log.find((message) => message.id === id)
    if (before) return { sent: name, sequence: before.sequence, id, duplicate: true }
    const sequence = log.length + 1
    const message = { room: name, sequence, id: id ?? `message ${sequence}`, data, ...author }
    log.push(message)
    for (const member of this.#members(name)) member.send(message)
    return { sent: name, sequence, id: message.id }
  }

  history({ room, after, before = Infinity, limit = PAGE }: Wish): object {
    const log = this.#log(room)
    const fitting = log.filter(({ sequence }) => sequence > (after ?? 0) && sequence < before)
    const messages = after === undefined ? fitting.slice(-limit) : fitting.slice(0, limit)
    return { history: room, messages, sequence: log.length, more: messages.length < fitting.length }
  }

  room(name: string): FakeRoom {
    const ids = () => [...this.#members(name)].map(({ id }) => id)
    const log = () => [...(this.#logs?.get(name) ?? [])]
    return {
      name,
      get members() {
        return ids()
      },
      get messages() {
        return log()
      },
      send: (data) => void this.publish(name, data),
    }
  }

  #log(name: string): Numbered[] {
    let log = this.#logs!.get(name)
    if (!log) this.#logs!.set(name, (log = []))
    return log
  }

  #members(name: string): Set<Connection> {
    let members = this.#rooms.get(name)
    if (!members) this.#rooms.set(name, (members = new Set()))
    return members
  }

  #listOf(name: string): object {
    const { members } = this.room(name)
    return { room: name, members, ...(this.#logs && { count: members.length }) }
  }

  #tellMembers(name: string, except?: Connection): void {
    for (const member of this.#members(name)) {
      if (member !== except) member.send(this.#listOf(name))
    }
  }
}
