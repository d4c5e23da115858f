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
import { Numbered, type Box, type Page, type Source } from './numbered.js'
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
/** How often a message is sent: so many lost connections, or a {@link COSTLY}th as many of what takes longer. */
const TRIES = 12
const COSTLY = 4
/** How long after a failure of the backend it is asked again, in milliseconds. */
const PAUSE = 1000

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
  /** Where it stands, if it began before the others. */
  numbered?: Numbered
}

/** A room that somebody is in or wants to be in. */
interface Entry {
  name: string
  answer: unknown
  members: readonly unknown[] | null
  count: number | null
  uses: Set<Use>
  /** Null once it is known that the room has no numbers. */
  numbered: Numbered | null
  /** Whether the current connection is in the room. */
  isIn: boolean
  /** To be called when that may have changed. */
  wakers: Set<() => void>
  /** The end of the message that was sent last, and how many are before it. */
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
    const use: Use = { events }
    entry.uses.add(use)
    const leave = () => this.#leave(entry, use)
    try {
      const answer = await abortable(signal, this.#core.join(name), leave)
      refuse(answer)
      // Who joins after the first gets no answer of its own.
      if (answer !== undefined) this.answered(name, answer)
      if (history) this.#goBack(entry, use, history)
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
    const { send, field } = this.#names
    const plain = async () => {
      await this.#socket.send({ action: send, [field]: name, data, ...(id && { id }) }, sending)
      return undefined
    }
    const entry = this.#entries.get(name)
    if (!entry?.numbered) return plain()
    if (entry.waiting >= MOST_WAITING) {
      throw new GateSocketError('outbox-full', `${MOST_WAITING} messages of this room wait already.`, { messages: MOST_WAITING })
    }
    try {
      // As it is now. What can't be written is refused as with any other message.
      data = JSON.parse(JSON.stringify(data))
    } catch {}
    entry.waiting++
    const turn = entry.turn.then(async () => {
      try {
        while (!entry.isIn) await woken(entry)
        return await (entry.numbered && entry.answer ? this.#send(entry, { action: send, [field]: name, data, id: id ?? newId() }) : plain())
      } finally {
        entry.waiting--
      }
    })
    entry.turn = turn.catch(() => {})
    return turn
  }

  /** A message has arrived; `box` is what the schema makes of it. */
  take(message: unknown, box: Box): void {
    const entry = this.#entries.get(field(message, this.#names.field))
    if (!entry) return
    const number = numberOf(field(message, this.#names.sequence))
    const { field: room, members } = this.#names
    const isBare = Object.keys(message!).every((name) => [room, members, COUNT].includes(name))
    const isAboutMembers = box && this.#hasMembers(entry, message, isBare)
    if (number !== null && entry.numbered) return entry.numbered.take(number, box)
    if (!box || (isBare && isAboutMembers)) return
    for (const { events } of [...entry.uses]) events.emit('message', box[0])
  }

  /** The backend has let the session in, now or again: with another connectionId the members are others too. */
  answered(name: string, answer: unknown): void {
    const entry = this.#entries.get(name)
    if (!entry) return
    try {
      refuse(answer)
    } catch (refused) {
      return void this.#joinAgain(entry, refused as GateSocketError)
    }
    entry.answer = answer
    const number = numberOf(field(answer, this.#names.sequence))
    if (number !== null) entry.numbered?.begin(number)
    else if (entry.numbered?.at === null) entry.numbered = null
    this.#letIn(entry)
    for (const { events } of [...entry.uses]) events.emit('joined', answer)
    this.#hasMembers(entry, answer, true)
  }

  /** The session has no connection now. */
  lost(): void {
    for (const entry of this.#entries.values()) entry.isIn = false
  }

  /** Removes all listeners, when the session has ended. */
  clear(): void {
    for (const entry of this.#entries.values()) {
      for (const { events, numbered } of entry.uses) {
        events.clear()
        numbered?.end()
      }
      entry.numbered?.end()
      // Whoever waits is told by the core why it has ended.
      this.#letIn(entry)
    }
  }

  #entry(name: string): Entry {
    let entry = this.#entries.get(name)
    if (!entry) {
      const uses = new Set<Use>()
      entry = {
        name,
        answer: undefined,
        members: null,
        count: null,
        uses,
        numbered: null,
        isIn: false,
        wakers: new Set(),
        turn: Promise.resolve(),
        waiting: 0,
      }
      entry.numbered = new Numbered(
        this.#source(
          entry,
          (message, number) => {
            for (const { events, numbered } of [...uses]) {
              if (numbered) numbered.take(number, message)
              else if (message) events.emit('message', message[0])
            }
          },
          (from, to) => {
            for (const { events, numbered } of [...uses]) {
              if (!numbered) events.emit('gap', { from, to })
              else if (numbered.at! >= from - 1) numbered.pass(to)
            }
          },
        ),
      )
      this.#entries.set(name, entry)
    }
    return entry
  }

  #has(entry: Entry): boolean {
    return this.#entries.get(entry.name) === entry
  }

  #letIn(entry: Entry): void {
    entry.isIn = true
    for (const wake of [...entry.wakers]) wake()
  }

  #leave(entry: Entry, use: Use): void {
    use.events.clear()
    use.numbered?.end()
    if (!entry.uses.delete(use) || entry.uses.size > 0) return
    entry.numbered?.end()
    this.#entries.delete(entry.name)
    this.#letIn(entry)
    this.#core.leave(entry.name)
  }

  /** Begins with the last messages that there were when the room was joined. */
  #goBack(entry: Entry, use: Use, history: number): void {
    const now = entry.numbered?.at
    if (now == null) throw badOptions(`history is for rooms whose answer to the join has a number "${this.#names.sequence}".`)
    const { events } = use
    use.numbered = new Numbered(
      this.#source(
        entry,
        (message) => message && events.emit('message', message[0]),
        // What was there before is not missed.
        (from, to) => to > now && events.emit('gap', { from: Math.max(from, now + 1), to }),
      ),
    )
    use.numbered.at = Math.max(0, now - history)
    use.numbered.begin(now)
  }

  #source(entry: Entry, tell: Source['tell'], miss: Source['miss']): Source {
    const { history, field: room, sequence } = this.#names
    return {
      tell,
      miss,
      ask: async (after) => {
        const answer = await this.#ask(entry, { action: history, [room]: entry.name, after })
        const page: Page = {
          messages: [],
          newest: numberOf(field(answer, sequence)) ?? after,
          oldest: numberOf(field(answer, 'oldest')) ?? 0,
        }
        const listed = field(answer, 'messages')
        for (const message of Array.isArray(listed) ? listed : []) {
          const number = numberOf(field(message, sequence))
          if (number !== null) page.messages.push([number, await this.#core.check(message)])
        }
        return page
      },
      failed: (error) => this.#failed(error as GateSocketError),
      pause: (milliseconds) => woken(entry, milliseconds),
    }
  }

  /** Asks once, while the session is in the room; rejects also with what the backend calls an error. */
  async #ask(entry: Entry, message: object): Promise<unknown> {
    while (!entry.isIn) await woken(entry)
    if (!this.#has(entry)) throw aborted()
    return refuse(await this.#core.request(message))
  }

  async #send(entry: Entry, message: object): Promise<Sent> {
    for (let left = TRIES; ; ) {
      try {
        const answer = (await this.#ask(entry, message)) as Sent
        // Its own copy may have been lost on its way here.
        entry.numbered!.reach(numberOf(field(answer, this.#names.sequence)) ?? 0)
        return answer
      } catch (thrown) {
        const { code, details } = thrown as GateSocketError
        const isLost = code === 'connection-lost'
        left -= isLost ? 1 : COSTLY
        if (left <= 0 || !mayPass(code, details)) throw thrown
        if (!isLost) await woken(entry, PAUSE)
      }
    }
  }

  /** The core takes any answer for a yes. */
  async #joinAgain(entry: Entry, refused: GateSocketError): Promise<void> {
    entry.isIn = false
    this.#failed(refused)
    await woken(entry, PAUSE)
    const connectionId = this.#socket.connectionId ?? undefined
    if (entry.isIn || !this.#has(entry)) return
    const { join, field } = this.#names
    const answer = this.#core.request({ action: join, [field]: entry.name, connectionId })
    answer.then((answer) => this.answered(entry.name, answer), (error) => this.#joinAgain(entry, error))
  }

  #failed(error: GateSocketError): void {
    if (this.#socket.status === 'ready' && error.code !== 'connection-lost') this.#core.fail(error)
  }

  /** Whether it says who is there; a message with more in it may count anything. */
  #hasMembers(entry: Entry, message: unknown, mayCount: boolean): boolean {
    const members = field(message, this.#names.members)
    const isList = Array.isArray(members)
    const count = mayCount || isList ? numberOf(field(message, COUNT)) : null
    if (!isList && count === null) return false
    if (isList) entry.members = members
    entry.count = count ?? entry.members!.length
    for (const { events } of [...entry.uses]) events.emit('members', entry.members ?? [])
    return true
  }
}

/** The field with the number of all members, which a long list may lack. */
const COUNT = 'count'

function field(message: unknown, name: string): unknown {
  return (message as { [field: string]: unknown } | null | undefined)?.[name]
}

function numberOf(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null
}

/** The answer, unless it is an error. */
function refuse(answer: unknown): unknown {
  const error = field(answer, 'error')
  if (!error) return answer
  const why = field(error, 'message') ?? field(error, 'code') ?? error
  throw new GateSocketError('refused', `The backend answered with an error: ${why}`, { answer })
}

/** Whether the same message may do better at another time. */
function mayPass(code: string, { answer, close }: GateSocketError['details']): boolean {
  if (code === 'refused') return ['busy', 'internal', 'not-a-member'].includes(field(field(answer, 'error'), 'code') as string)
  // What the other side says about the message itself.
  if (close) return close.code !== 1003 && close.code !== 1009
  return ['connection-lost', 'request-timeout', 'gateway-error'].includes(code)
}

/** No randomUUID, which pages without TLS lack. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-')
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
