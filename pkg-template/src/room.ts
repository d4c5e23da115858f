import type { Room, RoomEvents, Sent } from '../types/index.js'
import { abortable, aborted } from './abort.js'
import { badOptions, GateSocketError } from './error.js'
import { refuseUnknown } from './names.js'
import { Numbered, type Box, type Page } from './numbered.js'
import { readJoinOptions, readPublishOptions, text } from './options.js'
import type { Core } from './rooms.js'
import { time } from './time.js'

const enum Limit {
  /** How many messages of a room may wait for those before them. */
  Waiting = 256,
  /** How often a message is sent: so many times where connections are lost, a {@link Costly}th as often for other reasons. */
  Tries = 12,
  Costly = 4,
  /** How long after a failure the backend is asked again, in milliseconds, at first and at most. */
  Shortest = 1000,
  Longest = 30_000,
}

/** Codes of failures that pass: of the backend, and of the core. */
const PASSING = /* @__PURE__ */ 'busy internal not-a-member connection-lost request-timeout gateway-error'.split(' ')
/** The field with the number of all members, of which a list may be a part. */
const COUNT = 'count'

/** What came from the backend, which may be anything. */
export type Message = { readonly [field: string]: unknown } | null | undefined
type Failed = { readonly error?: { readonly code?: unknown; readonly message?: unknown } } | null | undefined

/** A room that somebody is in or wants to be in. */
export class SharedRoom {
  #name: string
  #core: Core
  #rooms: Map<unknown, SharedRoom>
  #uses = new Set<Numbered>()
  #answer: unknown
  #members: readonly unknown[] | null = null
  #count: number | null = null
  /** The newest number that is known; null where the room has none. */
  #newest: number | null = 0
  /** Whether the current connection is in the room. */
  #isIn = false
  /** To be called when that may have changed. */
  #wakers = new Set<() => void>()
  /** Questions under way for the messages after a number, for the uses that stand at the same one. */
  #pages: { [after: number]: Promise<Page> } = {}
  /** The end of the message that was sent last, and how many there are up to it. */
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(name: string, core: Core, rooms: Map<unknown, SharedRoom>) {
    this.#name = name
    this.#core = core
    this.#rooms = rooms
  }

  async join(options: unknown): Promise<Room> {
    const { history = 0, signal } = readJoinOptions(options)
    const name = text(this.#name, "A room's name")
    if (signal?.aborted) throw aborted()
    const use = new Numbered((after) => this.#page(after), history)
    const leave = () => {
      use.clear()
      if (!this.#uses.delete(use) || this.#uses.size > 0) return
      this.#rooms.delete(name)
      this.#letIn()
      this.#core.leave(name)
    }
    this.#rooms.set(name, this)
    this.#uses.add(use)
    try {
      const answer = await abortable(signal, this.#core.join(name), leave)
      // Who joins after the first gets no answer of its own.
      if (answer !== undefined) this.answered(refuse(answer))
      else if (this.#newest !== null) use.begin(this.#newest)
      if (history && this.#newest === null) {
        throw badOptions(`The room has no "${this.#core.names.sequence}", and so no history.`)
      }
    } catch (thrown) {
      leave()
      throw thrown
    }
    const room = this
    return {
      name,
      get answer() {
        return room.#answer
      },
      get members() {
        return room.#members
      },
      get count() {
        return room.#count
      },
      // By its name: who has left may have joined anew.
      send: (data, options) => (this.#rooms.get(name) ?? this).publish(data, options),
      on: (event, listener, options) => {
        refuseUnknown({ [event]: 0 }, ['message', 'members', 'joined', 'gap'], '', 'event')
        refuseUnknown(options, ['signal'])
        return this.#uses.has(use) ? use.on(event, listener, options?.signal) : () => {}
      },
      leave,
    }
  }

  async publish(data: unknown, options: unknown): Promise<Sent | undefined> {
    const { id, ...sending } = readPublishOptions(options)
    const { socket, names } = this.#core
    const message = (id: string | undefined) => this.#about(names.send, { data, id })
    const plain = () => socket.send(message(id), sending) as Promise<undefined>
    if (this.#uses.size === 0 || this.#newest === null) return plain()
    if (this.#waiting >= Limit.Waiting) {
      throw new GateSocketError('outbox-full', `${Limit.Waiting} messages of this room wait already.`, { messages: Limit.Waiting })
    }
    try {
      // As it is now. What can't be written is refused as with any other message.
      data = JSON.parse(JSON.stringify(data))
    } catch {}
    this.#waiting++
    const sent = this.#turn.then(async () => {
      await this.#inside()
      if (!this.#answer || this.#newest === null) return plain()
      // No randomUUID, which pages without TLS lack.
      const ownId = id ?? crypto.getRandomValues(new Uint32Array(4)).join('-')
      const sent = await this.#ask(message(ownId), Limit.Tries, (answer) => answer as unknown as Sent)
      // Its own copy may have been lost on its way here.
      this.#each('reach', sent)
      return sent
    })
    this.#turn = sent.catch(() => {}).then(() => this.#waiting--)
    return sent
  }

  take(message: object, box: Box): void {
    const { field, members } = this.#core.names
    const isBare = Object.keys(message).every((name) => [field, members, COUNT].includes(name))
    const isAboutMembers = box && this.#hasMembers(message as Message, isBare)
    if (this.#newest !== null && this.#numberOf(message as Message) !== null) this.#each('take', message, box)
    else if (box && !(isBare && isAboutMembers)) this.#emit('message', box[0])
  }

  /** The backend has let the session in, now or again: with another connectionId the members are others too. */
  answered(answer: unknown): void {
    if ((answer as Failed)?.error) return void this.#joinAgain(answer)
    this.#answer = answer
    // Also where it is a lower one: the backend has lost its numbers.
    this.#newest = this.#numberOf(answer as Message)
    this.#each('begin', answer)
    this.#letIn()
    this.#emit('joined', answer)
    this.#hasMembers(answer as Message, true)
  }

  /** The session has no connection now. */
  lost(): void {
    this.#isIn = false
  }

  /** Removes all listeners, when the session has ended. */
  end(): void {
    for (const use of this.#uses) use.clear()
    // Whoever waits is told by the core why it has ended.
    this.#letIn()
  }

  /** Whether it says who is there; a message with more in it may count anything. */
  #hasMembers(message: Message, mayCount: boolean): boolean {
    const members = message?.[this.#core.names.members]
    const isList = Array.isArray(members)
    const count = mayCount || isList ? this.#numberOf(message, COUNT) : null
    if (!isList && count === null) return false
    if (isList) this.#members = members
    this.#count = count ?? this.#members!.length
    this.#emit('members', this.#members ?? [])
    return true
  }

  #emit<Name extends keyof RoomEvents>(name: Name, event: RoomEvents[Name]): void {
    for (const use of [...this.#uses]) use.emit(name, event)
  }

  /** Tells every use the number of a message, if it has one. */
  #each(tell: 'begin' | 'take' | 'reach', message: unknown, box?: Box): void {
    const number = this.#numberOf(message as Message)
    if (number === null) return
    this.#newest = Math.max(this.#newest!, number)
    for (const use of [...this.#uses]) use[tell](number, box)
  }

  #numberOf(message: Message, field = this.#core.names.sequence): number | null {
    const value = message?.[field]
    return Number.isSafeInteger(value) ? (value as number) : null
  }

  #about(action: string, more: object): object {
    return { action, [this.#core.names.field]: this.#name, ...more }
  }

  /** The messages after a number. */
  #page(after: number): Promise<Page> {
    const read = async (answer: Message): Promise<Page> => {
      const messages: Page[0] = []
      const list = answer?.messages
      for (const message of Array.isArray(list) ? list : []) {
        const number = this.#numberOf(message)
        if (number !== null) messages.push([number, await this.#core.check(message)])
      }
      const newest = this.#numberOf(answer) ?? Infinity
      // What is neither there nor kept any more can't be had.
      const end = Math.max((this.#numberOf(answer, 'oldest') ?? 0) - 1, ...messages.map(([number]) => number))
      if (newest <= after || end > after) return [messages, newest, end]
      throw new GateSocketError('refused', `The backend gives no messages after ${after}.`, { answer })
    }
    return (this.#pages[after] ??= this.#ask(this.#about(this.#core.names.history, { after }), Infinity, read).finally(
      () => delete this.#pages[after],
    ))
  }

  /** Asks while the session is in the room: so often as that may help, and for ever where `left` is Infinity. */
  async #ask<Answer>(message: object, left: number, read: (answer: Message) => Answer | Promise<Answer>): Promise<Answer> {
    for (let pause = Limit.Shortest; ; ) {
      await this.#inside()
      if (this.#uses.size === 0) throw aborted()
      try {
        return await read(refuse(await this.#core.request(message)))
      } catch (thrown) {
        // Of ours, but for what a schema did that keeps to no contract.
        const { code, details = {} } = thrown as GateSocketError
        const isLost = code === 'connection-lost'
        left -= isLost ? 1 : Limit.Costly
        const why = (details.answer as Failed)?.error?.code ?? code
        if (why === 'not-a-member' && this.#isIn) void this.#joinAgain(details.answer)
        // Which the other side closes with because of what it was sent.
        const isOffence = [1003, 1009].includes(details.close?.code!)
        const isHopeless = left <= Limit.Tries && (left <= 0 || isOffence || !PASSING.includes(why as string))
        if (isHopeless || this.#isClosed) throw thrown
        if (!isLost) {
          if (left > Limit.Tries && pause > Limit.Shortest) this.#core.fail(thrown as GateSocketError)
          await this.#woken(pause)
          pause = Math.min(pause * 2, Limit.Longest)
        }
      }
    }
  }

  /** The core takes any answer for a yes. */
  async #joinAgain(refusal: unknown): Promise<void> {
    if (this.#isGone) return
    this.#isIn = false
    this.#core.fail(refusalOf(refusal))
    await this.#woken(Limit.Shortest)
    if (this.#isIn) return
    const { connectionId } = this.#core.socket
    const ask = (action: string) => this.#core.request(this.#about(action, { connectionId: connectionId ?? undefined }))
    ask(this.#core.names.join).then(
      (answer) => {
        if (!this.#isGone) this.answered(answer)
        // The core knows nothing of this join, which may have come after its leave.
        else if (!this.#rooms.has(this.#name)) ask(this.#core.names.leave).catch(() => {})
      },
      () => this.#joinAgain(refusal),
    )
  }

  get #isClosed(): boolean {
    return this.#core.socket.status === 'closed'
  }

  get #isGone(): boolean {
    return this.#uses.size === 0 || this.#isClosed
  }

  /** The session is in the room, or nobody need wait for that any more. */
  #letIn(): void {
    this.#isIn = true
    for (const wake of [...this.#wakers]) wake()
  }

  async #inside(): Promise<void> {
    while (!this.#isIn) await this.#woken()
  }

  /** Resolves when something about the room has changed, or after so many milliseconds. */
  #woken(milliseconds?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        time().clearTimeout(timer)
        this.#wakers.delete(wake)
        resolve()
      }
      const timer = milliseconds && time().setTimeout(wake, milliseconds)
      this.#wakers.add(wake)
    })
  }
}

/** The answer, unless it is an error. */
function refuse(answer: unknown): Message {
  if ((answer as Failed)?.error) throw refusalOf(answer)
  return answer as Message
}

function refusalOf(answer: unknown): GateSocketError {
  const error = (answer as Failed)?.error
  const why = error?.message ?? error?.code ?? error
  return new GateSocketError('refused', `The backend answered with an error: ${why}`, { answer })
}
