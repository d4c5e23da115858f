import type { FakeConnection, MessageHandler } from '../../types/testing.js'
import { time } from '../time.js'
import type { Connection } from './connection.js'
import { Rooms } from './rooms.js'

/** A message as it is sent and kept. */
interface Numbered {
  room: string
  sequence: number
  id: string
  /** Nobody, where it is the backend's own. */
  from?: Member
  data: unknown
  at: number
}

interface Member {
  connectionId: string
  name?: string
}

/** What `HISTORY` asks for. */
interface Wish {
  room: string
  after?: number
  before?: number
  limit?: number
}

/** As many messages as an answer has unless another number is asked for, and at most. */
const PAGE = 50
const LARGEST_PAGE = 100
/** The longest `?name=` that is taken. */
const LONGEST_NAME = 64

/** Rooms that number their messages and keep them, in the words of `lambda/chat`. */
export class NumberedRooms extends Rooms {
  #logs = new Map<string, Numbered[]>()

  override handlers(): Record<string, MessageHandler> {
    return {
      JOIN_ROOM: ({ room, connectionId }, connection) => {
        if (isAnother(connectionId, connection)) return spoofed(connection)
        this.join(room, connection as Connection)
        return { joined: room, sequence: this.#log(room).length, ...this.present(room) }
      },
      LEAVE_ROOM: ({ room, connectionId }, connection) => {
        if (isAnother(connectionId, connection)) return spoofed(connection)
        this.leave(room, connection as Connection)
        return { left: room }
      },
      SEND_MESSAGE: ({ room, data, id }, connection) => this.#outside(room, connection) ?? this.#publish(room, data, connection, id),
      HISTORY: (wish, connection) => this.#outside(wish.room, connection) ?? this.#history(wish),
      MEMBERS: ({ room }, connection) => this.#outside(room, connection) ?? { membersOf: room, ...this.present(room) },
    }
  }

  protected override present(name: string): object {
    const members = [...this.members(name)].map(memberOf)
    return { members, count: members.length }
  }

  protected override messages(name: string): readonly Numbered[] {
    return [...(this.#logs.get(name) ?? [])]
  }

  protected override say(room: string, data: unknown): void {
    this.#publish(room, data)
  }

  /** What is answered to the sender. */
  #publish(room: string, data: unknown, sender?: FakeConnection, id?: string): object {
    const log = this.#log(room)
    const before = log.find((message) => message.id === id)
    if (before) return { sent: room, sequence: before.sequence, id, at: before.at, duplicate: true }
    const sequence = log.length + 1
    const message = { room, sequence, id: id ?? `message ${sequence}`, ...(sender && { from: memberOf(sender) }), data, at: time().Date.now() }
    log.push(message)
    this.tell(room, message)
    return { sent: room, sequence, id: message.id, at: message.at }
  }

  #history({ room, after, before = Infinity, limit = PAGE }: Wish): object {
    const log = this.#log(room)
    const most = Math.min(limit, LARGEST_PAGE)
    const fitting = log.filter(({ sequence }) => sequence > (after ?? 0) && sequence < before)
    const messages = after === undefined ? fitting.slice(-most) : fitting.slice(0, most)
    return { history: room, messages, more: messages.length < fitting.length, sequence: log.length }
  }

  /** What is answered to who has not joined. */
  #outside(room: string, connection: FakeConnection): object | undefined {
    if (this.members(room).has(connection as Connection)) return undefined
    return { error: { code: 'not-a-member', message: 'Join the room first', notIn: room } }
  }

  #log(name: string): Numbered[] {
    let log = this.#logs.get(name)
    if (!log) this.#logs.set(name, (log = []))
    return log
  }
}

/** A client names no connection but its own. */
function isAnother(connectionId: unknown, { id }: FakeConnection): boolean {
  return connectionId !== undefined && connectionId !== id
}

function spoofed({ id }: FakeConnection): object {
  return { error: { code: 'spoofed-connection', message: 'This connectionId is not yours', connectionId: id } }
}

function memberOf({ id, url }: FakeConnection): Member {
  const name = url.searchParams.get('name') ?? ''
  return { connectionId: id, ...(name.length > 0 && name.length <= LONGEST_NAME && { name }) }
}
