import type {
  GateSocket,
  JoinOptions,
  ListenOptions,
  Room,
  RoomEvents,
  RoomSendOptions,
  RoomsOptions,
  Sent,
} from '../types/index.js'
import { abortable, aborted } from './abort.js'
import { badOptions, GateSocketError } from './error.js'
import { Emitter } from './events.js'
import { refuseUnknown } from './names.js'
import { Numbered, type Box, type Page } from './numbered.js'
import { readPublishOptions, text } from './options.js'
import { time } from './time.js'

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

/** How many messages of a room may wait for those before them. */
const MOST_WAITING = 256
/** How often a message is sent: so many times where connections are lost, a {@link COSTLY}th as often for other reasons. */
const TRIES = 12
const COSTLY = 4
/** How long after a failure the backend is asked again, in milliseconds, at first and at most. */
const SHORTEST = 1000
const LONGEST = 30_000
/** Codes of failures that pass: of the backend, and of the core. */
const PASSING = 'busy internal not-a-member connection-lost request-timeout gateway-error'.split(' ')

/** The part of the session that rooms need. */
interface Core {
  join(name: string): Promise<unknown>
  leave(name: string): void
  request(message: object): Promise<unknown>
  /** What the schema makes of a message. */
  check(message: unknown): Box | Promise<Box>
  fail(error: GateSocketError): void
}

/** One use of a room. */
interface Use {
  events: Emitter<RoomEvents>
  numbered: Numbered
}

/** A room that somebody is in or wants to be in. */
interface Entry {
  name: string
  answer: unknown
  members: readonly unknown[] | null
  count: number | null
  uses: Set<Use>
  /** The newest number that is known; null where the room has none. */
  newest: number | null
  /** Whether the current connection is in the room. */
  isIn: boolean
  /** Questions under way for the messages after a number. */
  pages: Map<number, Promise<Page>>
  /** To be called when that may have changed. */
  wakers: Set<() => void>
  /** The end of the message that was sent last, and how many there are up to it. */
  turn: Promise<unknown>
  waiting: number
}

/** The rooms of a session. */
export class Rooms {
  #socket: GateSocket
  #core: Core
  #names: Names
  #entries = new Map<unknown, Entry>()

  constructor(socket: GateSocket, core: Core, names: Names) {
    this.#socket = socket
    this.#core = core
    this.#names = names
  }

  async join(name: string, { history = 0, signal }: JoinOptions): Promise<Room> {
    text(name, "A room's name")
    if (signal?.aborted) throw aborted()
    const entry = this.#entry(name)
    const events = new Emitter<RoomEvents>()
    const numbered = new Numbered(events, (after) => this.#page(entry, after), history)
    const use: Use = { events, numbered }
    entry.uses.add(use)
    const leave = () => this.#leave(entry, use)
    try {
      const answer = await abortable(signal, this.#core.join(name), leave)
      // Who joins after the first gets no answer of its own.
      if (answer !== undefined) this.answered(name, refuse(answer))
      else if (entry.newest !== null) numbered.begin(entry.newest)
      if (history && entry.newest === null) throw badOptions(`The room has no "${this.#names.sequence}", and so no history.`)
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
      get count() {
        return entry.count
      },
      send: (data, options) => this.publish(name, data, options),
      on: (event, listener, options?: ListenOptions) => {
        refuseUnknown({ [event]: 0 }, ['message', 'members', 'joined', 'gap'], '', 'event')
        refuseUnknown(options, ['signal'])
        return entry.uses.has(use) ? events.on(event, listener, options?.signal) : () => {}
      },
      leave,
    }
  }

  async publish(name: string, data: unknown, options?: RoomSendOptions): Promise<Sent | undefined> {
    const { id, ...sending } = readPublishOptions(options)
    const message = (id: string | undefined) => this.#about(this.#names.send, name, { data, id })
    const plain = () => this.#socket.send(message(id), sending) as Promise<undefined>
    const entry = this.#entries.get(name)
    if (!entry || entry.newest === null) return plain()
    if (entry.waiting >= MOST_WAITING) {
      throw new GateSocketError('outbox-full', `${MOST_WAITING} messages of this room wait already.`, { messages: MOST_WAITING })
    }
    try {
      // As it is now. What can't be written is refused as with any other message.
      data = JSON.parse(JSON.stringify(data))
    } catch {}
    entry.waiting++
    const turn = entry.turn.then(async () => {
      while (!entry.isIn) await woken(entry)
      if (!entry.answer || entry.newest === null) return plain()
      // No randomUUID, which pages without TLS lack.
      const ownId = id ?? crypto.getRandomValues(new Uint32Array(4)).join('-')
      const sent = await this.#ask(entry, message(ownId), TRIES, (answer) => answer as Sent)
      // Its own copy may have been lost on its way here.
      this.#each(entry, this.#numberOf(sent), (numbered, number) => numbered.reach(number))
      return sent
    })
    entry.turn = turn.catch(() => {}).then(() => entry.waiting--)
    return turn
  }

  /** A message has arrived; `box` is what the schema makes of it. */
  take(message: unknown, box: Box): void {
    const { field: room, members } = this.#names
    const entry = this.#entries.get(field(message, room))
    if (!entry) return
    const isBare = Object.keys(message!).every((name) => [room, members, COUNT].includes(name))
    const isAboutMembers = box && this.#hasMembers(entry, message, isBare)
    const number = entry.newest === null ? null : this.#numberOf(message)
    if (number !== null) this.#each(entry, number, (numbered) => numbered.take(number, box))
    else if (box && !(isBare && isAboutMembers)) emit(entry, 'message', box[0])
  }

  /** The backend has let the session in, now or again: with another connectionId the members are others too. */
  answered(name: string, answer: unknown): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    if (field(answer, 'error')) return void this.#joinAgain(entry, answer)
    entry.answer = answer
    // Also where it is a lower one: the backend has lost its numbers.
    entry.newest = this.#numberOf(answer)
    this.#each(entry, entry.newest, (numbered, number) => numbered.begin(number))
    letIn(entry)
    emit(entry, 'joined', answer)
    this.#hasMembers(entry, answer, true)
  }

  /** The session has no connection now. */
  lost(): void {
    for (const entry of this.#entries.values()) entry.isIn = false
  }

  /** Removes all listeners, when the session has ended. */
  clear(): void {
    for (const entry of this.#entries.values()) {
      entry.uses.forEach(end)
      // Whoever waits is told by the core why it has ended.
      letIn(entry)
    }
  }

  #entry(name: string): Entry {
    let entry = this.#entries.get(name)
    if (!entry) {
      entry = {
        name,
        answer: undefined,
        members: null,
        count: null,
        uses: new Set(),
        newest: 0,
        isIn: false,
        pages: new Map(),
        wakers: new Set(),
        turn: Promise.resolve(),
        waiting: 0,
      }
      this.#entries.set(name, entry)
    }
    return entry
  }

  #leave(entry: Entry, use: Use): void {
    end(use)
    if (!entry.uses.delete(use) || entry.uses.size > 0) return
    this.#entries.delete(entry.name)
    letIn(entry)
    this.#core.leave(entry.name)
  }

  #each(entry: Entry, number: number | null, tell: (numbered: Numbered, number: number) => void): void {
    if (number === null) return
    entry.newest = Math.max(entry.newest!, number)
    for (const { numbered } of [...entry.uses]) tell(numbered, number)
  }

  #numberOf(message: unknown): number | null {
    return numberOf(message, this.#names.sequence)
  }

  #about(action: string, name: string, more: object): object {
    return { action, [this.#names.field]: name, ...more }
  }

  /** The messages after a number. Uses that stand at the same one share the question. */
  #page(entry: Entry, after: number): Promise<Page> {
    const { pages } = entry
    let page = pages.get(after)
    if (!page) pages.set(after, (page = this.#readPage(entry, after).finally(() => pages.delete(after))))
    return page
  }

  async #readPage(entry: Entry, after: number): Promise<Page> {
    return this.#ask(entry, this.#about(this.#names.history, entry.name, { after }), Infinity, async (answer) => {
      const messages: Page[0] = []
      const given = field(answer, 'messages')
      for (const message of Array.isArray(given) ? given : []) {
        const number = this.#numberOf(message)
        if (number !== null) messages.push([number, await this.#core.check(message)])
      }
      const newest = this.#numberOf(answer) ?? Infinity
      // What is neither there nor kept any more can't be had.
      const end = Math.max((numberOf(answer, 'oldest') ?? 0) - 1, ...messages.map(([number]) => number))
      if (newest <= after || end > after) return [messages, newest, end]
      throw new GateSocketError('refused', `The backend gives no messages after ${after}.`, { answer })
    })
  }

  /** Asks while the session is in the room: so often as that may help, and for ever where `left` is Infinity. */
  async #ask<Answer>(
    entry: Entry,
    message: object,
    left: number,
    read: (answer: unknown) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    for (let pause = SHORTEST; ; ) {
      while (!entry.isIn) await woken(entry)
      if (entry.uses.size === 0) throw aborted()
      try {
        return await read(refuse(await this.#core.request(message)))
      } catch (thrown) {
        const error = thrown as GateSocketError
        // Of ours, but for what a schema did that keeps to no contract.
        const { code, details = {} } = error
        const isLost = code === 'connection-lost'
        left -= isLost ? 1 : COSTLY
        const why = field(field(details.answer, 'error'), 'code') ?? code
        if (why === 'not-a-member' && entry.isIn) void this.#joinAgain(entry, details.answer)
        // Which the other side closes with because of what it was sent.
        const isOffence = [1003, 1009].includes(details.close?.code!)
        const isHopeless = left <= TRIES && (left <= 0 || isOffence || !PASSING.includes(why as string))
        if (isHopeless || this.#socket.status === 'closed') throw error
        if (!isLost) {
          if (left > TRIES && pause > SHORTEST) this.#core.fail(error)
          await woken(entry, pause)
          pause = Math.min(pause * 2, LONGEST)
        }
      }
    }
  }

  /** The core takes any answer for a yes. */
  async #joinAgain(entry: Entry, answer: unknown): Promise<void> {
    const { name } = entry
    const isGone = () => this.#entries.get(name) !== entry || this.#socket.status === 'closed'
    if (isGone()) return
    entry.isIn = false
    this.#core.fail(refusalOf(answer))
    await woken(entry, SHORTEST)
    if (entry.isIn) return
    const connectionId = this.#socket.connectionId ?? undefined
    const ask = (action: string) => this.#core.request(this.#about(action, name, { connectionId }))
    ask(this.#names.join).then(
      (answer) => {
        if (!isGone()) this.answered(name, answer)
        // The core knows nothing of this join, which may have come after its leave.
        else if (!this.#entries.has(name)) ask(this.#names.leave).catch(() => {})
      },
      () => this.#joinAgain(entry, answer),
    )
  }

  /** Whether it says who is there; a message with more in it may count anything. */
  #hasMembers(entry: Entry, message: unknown, mayCount: boolean): boolean {
    const members = field(message, this.#names.members)
    const isList = Array.isArray(members)
    const count = mayCount || isList ? numberOf(message, COUNT) : null
    if (!isList && count === null) return false
    if (isList) entry.members = members
    entry.count = count ?? entry.members!.length
    emit(entry, 'members', entry.members ?? [])
    return true
  }
}

/** The field with the number of all members, of which a list may be a part. */
const COUNT = 'count'

function field(message: unknown, name: string): unknown {
  return (message as { [field: string]: unknown } | null | undefined)?.[name]
}

function numberOf(message: unknown, name: string): number | null {
  const value = field(message, name)
  return Number.isSafeInteger(value) ? (value as number) : null
}

/** The answer, unless it is an error. */
function refuse(answer: unknown): unknown {
  if (field(answer, 'error')) throw refusalOf(answer)
  return answer
}

function refusalOf(answer: unknown): GateSocketError {
  const error = field(answer, 'error')
  const why = field(error, 'message') ?? field(error, 'code') ?? error
  return new GateSocketError('refused', `The backend answered with an error: ${why}`, { answer })
}

function emit<Name extends keyof RoomEvents>({ uses }: Entry, name: Name, event: RoomEvents[Name]): void {
  for (const { events } of [...uses]) events.emit(name, event)
}

function end({ events, numbered }: Use): void {
  events.clear()
  numbered.end()
}

/** The session is in the room, or nobody need wait for that any more. */
function letIn(entry: Entry): void {
  entry.isIn = true
  for (const wake of [...entry.wakers]) wake()
}

/** Resolves when something about the room has changed, or after so many milliseconds. */
function woken(entry: Entry, milliseconds?: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      time().clearTimeout(timer)
      entry.wakers.delete(wake)
      resolve()
    }
    const timer = milliseconds && time().setTimeout(wake, milliseconds)
    entry.wakers.add(wake)
  })
}
