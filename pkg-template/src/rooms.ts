import type { GateSocket, ListenOptions, Room, RoomEvents, RoomsOptions, SendOptions } from '../types/index.js'
import { abortable, aborted } from './abort.js'
import { Emitter } from './events.js'
import { refuseUnknown } from './names.js'
import { text } from './options.js'

export type Names = { [Name in keyof RoomsOptions]-?: string }

/** What the backend calls things. */
export const NAMES: Names = {
  join: 'JOIN_ROOM',
  leave: 'LEAVE_ROOM',
  send: 'SEND_MESSAGE',
  field: 'room',
  members: 'members',
}

/** The part of the core that rooms need. */
interface Joiner {
  join(name: string): Promise<unknown>
  leave(name: string): void
}

/** A room that somebody is in or wants to be in. */
interface Entry {
  answer: unknown
  members: readonly unknown[] | null
  /** One for each use of the room. */
  uses: Set<Emitter<RoomEvents>>
}

/** The rooms of a session. */
export class Rooms {
  #socket: GateSocket
  #core: Joiner
  #names: Names
  #entries = new Map<unknown, Entry>()
  #off: (() => void) | null = null

  constructor(socket: GateSocket, core: Joiner, names: Names) {
    this.#socket = socket
    this.#core = core
    this.#names = names
  }

  async join(name: string, signal: AbortSignal | undefined): Promise<Room> {
    text(name, "A room's name")
    if (signal?.aborted) throw aborted()
    const entry = this.#entry(name)
    const events = new Emitter<RoomEvents>()
    entry.uses.add(events)
    const leave = () => this.#leave(name, entry, events)
    try {
      const answer = await abortable(signal, this.#core.join(name), leave)
      // Who joins after the first gets no answer of its own.
      if (answer !== undefined) this.answered(name, answer)
    } catch (thrown) {
      leave()
      throw thrown
    }
    return {
      name,
      get answer() {
        return entry.answer
      },
      get members() {
        return entry.members
      },
      send: (data, options) => this.publish(name, data, options),
      on: (event, listener, options?: ListenOptions) => {
        refuseUnknown({ [event]: 0 }, ['message', 'members'], '', 'event')
        refuseUnknown(options, ['signal'])
        return entry.uses.has(events) ? events.on(event, listener, options?.signal) : () => {}
      },
      leave,
    }
  }

  publish(name: string, data: unknown, options?: SendOptions): Promise<void> {
    const { send, field } = this.#names
    return this.#socket.send({ action: send, [field]: name, data }, options)
  }

  /** The backend has let the session in, now or again: with another connectionId the members are others too. */
  answered(name: string, answer: unknown): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    entry.answer = answer
    this.#hasMembers(entry, answer)
  }

  /** Removes all listeners, when the session has ended. */
  clear(): void {
    for (const { uses } of this.#entries.values()) {
      for (const events of uses) events.clear()
    }
  }

  #entry(name: string): Entry {
    let entry = this.#entries.get(name)
    if (!entry) {
      entry = { answer: undefined, members: null, uses: new Set() }
      this.#entries.set(name, entry)
      this.#off ??= this.#socket.on('message', this.#tell)
    }
    return entry
  }

  #leave(name: string, entry: Entry, events: Emitter<RoomEvents>): void {
    events.clear()
    if (!entry.uses.delete(events) || entry.uses.size > 0) return
    this.#entries.delete(name)
    if (this.#entries.size === 0) {
      this.#off?.()
      this.#off = null
    }
    this.#core.leave(name)
  }

  #tell = (message: unknown): void => {
    const entry = this.#entries.get(field(message, this.#names.field))
    if (!entry) return
    this.#hasMembers(entry, message)
    for (const events of [...entry.uses]) events.emit('message', message)
  }

  #hasMembers(entry: Entry, message: unknown): void {
    const members = field(message, this.#names.members)
    if (!Array.isArray(members)) return
    entry.members = members
    for (const events of [...entry.uses]) events.emit('members', members)
  }
}

function field(message: unknown, name: string): unknown {
  return (message as { [field: string]: unknown } | null | undefined)?.[name]
}
