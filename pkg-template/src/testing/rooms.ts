import type { FakeRoom, MessageHandler } from '../../types/testing.js'
import type { Connection } from './connection.js'

/** Rooms as a backend keeps them that speaks the session's protocol. */
export class Rooms {
  #rooms = new Map<string, Set<Connection>>()

  /** What it answers, by action. */
  handlers(): Record<string, MessageHandler> {
    return {
      JOIN_ROOM: ({ room }, connection) => {
        this.join(room, connection as Connection)
        return { room, ...this.present(room) }
      },
      LEAVE_ROOM: ({ room }, connection) => {
        this.leave(room, connection as Connection)
        return { room }
      },
      SEND_MESSAGE: ({ room, data }, { id }) => this.tell(room, { room, data, from: id }),
    }
  }

  /** Leaves all rooms. */
  forget(connection: Connection): void {
    for (const name of this.#rooms.keys()) this.leave(name, connection)
  }

  room(name: string): FakeRoom {
    const ids = () => [...this.members(name)].map(({ id }) => id)
    const messages = () => this.messages(name)
    return {
      name,
      get members() {
        return ids()
      },
      get messages() {
        return messages()
      },
      send: (data) => this.say(name, data),
    }
  }

  /** Who is there, as clients are told. */
  protected present(name: string): object {
    return { members: this.room(name).members }
  }

  /** All that was said, where that is kept. */
  protected messages(_name: string): readonly unknown[] {
    return []
  }

  /** The backend's own message. */
  protected say(room: string, data: unknown): void {
    this.tell(room, { room, data })
  }

  protected join(name: string, connection: Connection): void {
    const members = this.members(name)
    if (members.has(connection)) return
    members.add(connection)
    this.#tellMembers(name, connection)
  }

  protected leave(name: string, connection: Connection): void {
    if (this.members(name).delete(connection)) this.#tellMembers(name)
  }

  protected members(name: string): Set<Connection> {
    let members = this.#rooms.get(name)
    if (!members) this.#rooms.set(name, (members = new Set()))
    return members
  }

  protected tell(name: string, message: object, except?: Connection): void {
    for (const member of this.members(name)) {
      if (member !== except) member.send(message)
    }
  }

  #tellMembers(room: string, except?: Connection): void {
    this.tell(room, { room, ...this.present(room) }, except)
  }
}
