// A backend whose rooms number their messages, behind `fakeGateway`, and everything that may go wrong between it and a
// page: copies that are lost, doubled, late or in another order, answers that never come, refusals, pages of any length.
import type { FakeConnection, FakeGateway } from 'gatesocket/testing'

export interface Stored {
  room: string
  sequence: number
  id: string
  data: unknown
}

/** How often something goes wrong, from 0 to 1, and how late things may be, in milliseconds. */
export interface Faults {
  lost: number
  doubled: number
  late: number
  refused: number
  unanswered: number
}

export const NO_FAULTS: Faults = { lost: 0, doubled: 0, late: 0, refused: 0, unanswered: 0 }

/** A generator of numbers from 0 to 1 that gives the same ones for a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export class NumberedBackend {
  faults: Faults = NO_FAULTS
  /** How many messages an answer to HISTORY holds at most. */
  page = 100
  readonly stored = new Map<string, Stored[]>()
  /** The newest number of a room that has lost messages of the same age. */
  readonly #last = new Map<string, number>()
  readonly #members = new Map<string, Set<FakeConnection>>()
  #random: () => number

  constructor(gateway: FakeGateway, seed = 1) {
    this.#random = randomOf(seed)
    gateway.on('JOIN_ROOM', ({ room }, connection) => this.#answer(() => this.#join(room, connection)))
    gateway.on('LEAVE_ROOM', ({ room }, connection) => {
      this.#membersOf(room).delete(connection)
      return { left: room }
    })
    gateway.on('SEND_MESSAGE', ({ room, data, id }, connection) =>
      this.#answer(() => this.#memberOf(room, connection) ?? this.#store(room, data, id)),
    )
    gateway.on('HISTORY', ({ room, after }, connection) =>
      this.#answer(() => this.#memberOf(room, connection) ?? this.#history(room, after)),
    )
  }

  messages(room: string): Stored[] {
    let messages = this.stored.get(room)
    if (!messages) this.stored.set(room, (messages = []))
    return messages
  }

  /** The backend's own message. */
  say(room: string, data: unknown): void {
    this.#store(room, data, `backend ${this.#newest(room)}`)
  }

  /** Messages up to this number are kept no longer. */
  expire(room: string, upTo: number): void {
    this.#last.set(room, this.#newest(room))
    this.stored.set(room, this.messages(room).filter(({ sequence }) => sequence > upTo))
  }

  /** All messages and numbers are gone. */
  forget(room: string): void {
    this.#last.delete(room)
    this.stored.delete(room)
  }

  /** Nobody is a member any more, though the connections live. */
  exclude(room: string): void {
    this.#membersOf(room).clear()
  }

  #newest(room: string): number {
    return Math.max(this.#last.get(room) ?? 0, this.messages(room).at(-1)?.sequence ?? 0)
  }

  #membersOf(room: string): Set<FakeConnection> {
    let members = this.#members.get(room)
    if (!members) this.#members.set(room, (members = new Set()))
    return members
  }

  #memberOf(room: string, connection: FakeConnection) {
    return this.#membersOf(room).has(connection) ? undefined : { error: { code: 'not-a-member', message: 'Join first.' } }
  }

  #join(room: string, connection: FakeConnection) {
    this.#membersOf(room).add(connection)
    const members = [...this.#membersOf(room)].filter(({ isOpen }) => isOpen).map(({ id }) => ({ connectionId: id }))
    for (const member of this.#membersOf(room)) {
      if (member !== connection) this.#post(member, { room, members, count: members.length })
    }
    return { joined: room, sequence: this.#newest(room), members, count: members.length }
  }

  #store(room: string, data: unknown, id: string) {
    const before = this.messages(room).find((message) => message.id === id)
    if (before) return { sent: room, sequence: before.sequence, id, duplicate: true }
    const message = { room, sequence: this.#newest(room) + 1, id, data }
    this.messages(room).push(message)
    for (const member of this.#membersOf(room)) this.#post(member, message)
    return { sent: room, sequence: message.sequence, id }
  }

  #history(room: string, after: number) {
    const kept = this.messages(room)
    const newer = kept.filter(({ sequence }) => sequence > after)
    const oldest = kept[0]?.sequence ?? this.#newest(room) + 1
    return {
      history: room,
      messages: newer.slice(0, this.page),
      sequence: this.#newest(room),
      more: newer.length > this.page,
      ...(oldest > after + 1 && this.#newest(room) > after && { oldest }),
    }
  }

  #post(connection: FakeConnection, message: object) {
    const { lost, doubled, late } = this.faults
    if (this.#random() < lost) return
    for (let copies = this.#random() < doubled ? 2 : 1; copies > 0; copies--) {
      void wait(this.#random() * late).then(() => connection.isOpen && connection.send(message))
    }
  }

  /** What the handler does, and its answer, at some time and if at all. */
  async #answer(handle: () => object): Promise<object | undefined> {
    const { late, refused, unanswered } = this.faults
    await wait(this.#random() * late)
    const isSilent = this.#random() < unanswered
    // Some of those that are not answered are not even heard.
    if (isSilent && this.#random() < 0.5) return undefined
    if (this.#random() < refused) return { error: { code: 'busy', message: 'Try again.' } }
    const answer = handle()
    await wait(this.#random() * late)
    return isSilent ? undefined : answer
  }
}

/** By the clock of the sessions, which a test moves on. */
async function wait(milliseconds: number): Promise<void> {
  const { setTimeout } = (globalThis as any)[Symbol.for('gatesocket.time')] ?? globalThis
  const clock = (globalThis as any)[Symbol.for('gatesocket.time')] ?? globalThis
  if (milliseconds > 0) await new Promise<void>((resolve) => void setTimeout.call(clock, resolve, milliseconds))
}
