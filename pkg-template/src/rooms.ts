import type { GateSocket, RoomsOptions } from '../types/index.js'
import type { GateSocketError } from './error.js'
import type { Box } from './numbered.js'
import { SharedRoom, type Message } from './room.js'

export type Names = { [Name in keyof RoomsOptions]-?: string }

/** What the backend calls things. */
export const NAMES: Names = {
  join: 'JOIN_ROOM',
  leave: 'LEAVE_ROOM',
  send: 'SEND_MESSAGE',
  history: 'HISTORY',
  field: 'room',
  members: 'members',
  sequence: 'sequence',
}

/** The part of the session that rooms need. */
export interface Core {
  socket: GateSocket
  names: Names
  join(name: string): Promise<unknown>
  leave(name: string): void
  request(message: object): Promise<unknown>
  /** What the schema makes of a message. */
  check(message: unknown): Box | Promise<Box>
  fail(error: GateSocketError): void
}

/** The rooms of a session that somebody is in or wants to be in. */
export class Rooms extends Map<unknown, SharedRoom> {
  #core: Core

  constructor(core: Core) {
    super()
    this.#core = core
  }

  /** One that nobody is in yet is kept as soon as somebody joins it. */
  of(name: string): SharedRoom {
    return this.get(name) ?? new SharedRoom(name, this.#core, this)
  }

  /** A message has arrived; `box` is what the schema makes of it. */
  take(message: unknown, box: Box): void {
    this.get((message as Message)?.[this.#core.names.field])?.take(message as object, box)
  }
}
