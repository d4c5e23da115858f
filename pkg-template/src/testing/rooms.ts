import type { FakeRoom } from '../../types/testing.js'
import type { Connection } from './connection.js'

/** Rooms as a backend keeps them that speaks the session's protocol. */
export class Rooms {
  #rooms = new Map<string, Set<Connection>>()

  join(name: string, connection: Connection): object {
    const members = this.#members(name)
    const isNew = !members.has(connection)
    members.add(connection)
    if (isNew) this.#tellMembers(name, connection)
    return this.#listOf(name)
  }

  leave(name: string, connection: Connection): object {
    if (this.#members(name).delete(connection)) this.#tellMembers(name)
    return { room: name }
  }

  /** Leaves all rooms. */
  forget(connection: Connection): void {
    for (const name of this.#rooms.keys()) this.leave(name, connection)
  }

  publish(name: string, data: unknown, from?: Connection): void {
    for (const member of this.#members(name)) member.send({ room: name, data, ...(from && { from: from.id }) })
  }

  room(name: string): FakeRoom {
    const ids = () => [...this.#members(name)].map(({ id }) => id)
    return {
      name,
      get members() {
        return ids()
      },
      send: (data) => this.publish(name, data),
    }
  }

  #members(name: string): Set<Connection> {
    let members = this.#rooms.get(name)
    if (!members) this.#rooms.set(name, (members = new Set()))
    return members
  }

  #listOf(name: string): object {
    return { room: name, members: this.room(name).members }
  }

  #tellMembers(name: string, except?: Connection): void {
    for (const member of this.#members(name)) {
      if (member !== except) member.send(this.#listOf(name))
    }
  }
}
