import type { CloseDetails, ErrorCode, Stats, TraceEntry } from '../types/index.js'
import { Links, wireSize } from '../../src/browser/links.js'
import { referenceOf, requestOf, written } from '../../src/browser/outgoing.js'
import { measured, Page } from '../../src/browser/page.js'
import { Clock } from './clock.js'
import { Input, Output, Read, Refused, Status } from './core.js'
import type { GateSocketError, Refusal } from './error.js'
import { report } from './events.js'
import { failed } from './failed.js'
import type { Guard } from './guard.js'
import { identifies, settingsOf, type CheckedOptions } from './options.js'
import { sentence } from './sentences.js'
import { statsOf } from './stats.js'
import { traced } from './traces.js'

/** What the driver tells the facade. What is thrown there is reported as any uncaught error of the page. */
export interface Facade {
  message(message: unknown): void
  status(status: Status): void
  connectionId(event: { connectionId: string; previous: string | null; answer: unknown }): void
  gatewayFrame(frame: unknown): void
  error(error: GateSocketError): void
  close(close: CloseDetails): void
  /** Whether the session goes on without its link. */
  wantsAnother(close: CloseDetails, error: GateSocketError): boolean
  /** The address of a link; undefined if `open` or `refuse` is called later. */
  address(link: number): string | undefined
  /** Nobody waits for the address of a link any more. */
  giveUp(link: number): void
  trace(entry: TraceEntry): void
  /** A WebSocket that nobody listens to yet. */
  link(socket: WebSocket): void
  /** A room was joined again, for which nobody waits. */
  joinedAgain(name: string, answer: unknown): void
}

/** Calls something with the driver of a session, guarded, or the other after a crash. */
export type Use = <Result>(use: (driver: Driver) => Result, crashed?: (crash: GateSocketError) => never) => Result | undefined

/** The two functions of a promise. */
export type Settle = readonly [resolve: (value: never) => void, reject: (error: GateSocketError) => void]

interface Outgoing {
  body: unknown
  bytes: number
  settle: Settle
}

interface Room {
  id: number
  name: string
  waiting: Settle[]
}

/** A failure as the core writes it. */
type Facts = [code: ErrorCode, one: number, two: number, three: number, text: string]

/** What was decided at once, yet to be carried out, and the message that was in hand then, which the first takes that is about one. */
interface Decisions {
  row: unknown[]
  /** What is read next of the row: taking it out would move all that follows. */
  at: number
  message: unknown
}

/** The user's messages have names of 31 bits; the session's own requests have the bit above. */
const NAMES = 0x7fff_ffff

/**
 * The longest pause that is given to a timer, in milliseconds. In most browsers it counts only while the machine is awake, so
 * that a deadline that passed during sleep would be noticed by what is left of the pause later.
 */
const LONGEST_PAUSE = 60_000

/** What `links.js` calls a WebSocket that nobody listens to yet. */
const MADE = 19

/**
 * The loop between a session of the core and the browser, as `src/browser/driver.rs` is it for Rust. The core decides; here is
 * what belongs to the page: its WebSockets, its timer, the bodies of messages, and those who wait.
 */
export class Driver {
  /** What the browser has refused at once. */
  readonly refused: GateSocketError | undefined
  #instance: Guard
  #session: number
  #facade: Facade
  #options: CheckedOptions
  /** What the backend calls joining and leaving a room, and the field with its name. */
  #names: { join: string; leave: string; field: string }
  /** How links are asked for their connectionId. */
  #action: string
  #clock = new Clock()
  #links: Links
  #page: Page
  /** When the page is to call; -1 for never. */
  #armed = -1
  #decided: Decisions[] = []
  /** How many of these have been carried out. */
  #acted = 0
  #isActing = false
  /** Whether something was handled while a message was told. */
  #isInterrupted = false
  /** Until the constructor has come to its end a failure is thrown, and a callback would tell it twice; a session that has ended tells nothing. */
  #isStarted = false
  #isSilent = false
  /** Who is told every new entry of the trace, with the number of the last one. */
  #follower: { told: number } | undefined
  /** Links that have no address yet. */
  #preparing = new Set<number>()
  #outgoing = new Map<number, Outgoing>()
  #next = 0
  #rooms: Room[] = []
  #roomsMade = 0
  /** How many rooms are kept before those are looked for that nobody needs. */
  #mostRooms = 4
  /** Those who wait for the connectionId. */
  #waiting: Settle[] = []
  /** What every `ref` of this session begins with, so that no answer to another's is taken for one to it. */
  #mark = Math.trunc(Math.random() * 2 ** 24)

  /** A session that begins to connect. */
  constructor(instance: Guard, facade: Facade, options: CheckedOptions, names: { join: string; leave: string; field: string }) {
    this.#instance = instance
    this.#facade = facade
    this.#options = options
    this.#names = names
    this.#action = options.identify?.action ?? 'GET_CONNECTION_ID'
    this.#session = instance.wasm.start(Math.random() * 2 ** 53, ...settingsOf(options))
    instance.frees(this, this.#session)
    const happened = instance.guarded((event: number, link: number, value: unknown, number: number) =>
      this.#happened(event, link, value, number),
    )
    this.#links = new Links(happened)
    this.#page = new Page(happened)
    instance.held.add(this.#links).add(this.#page)
    this.#page.watch()
    this.#handle(Input.Connect)
    this.#isStarted = true
    if (this.status === Status.Closed) this.refused = this.#end()
  }

  get status(): Status {
    return this.#read(Read.Status)
  }

  /** Milliseconds until the next attempt, while the session waits for one. */
  get retryIn(): number | undefined {
    const at = this.#read(Read.RetryAt)
    return at < 0 ? undefined : Math.max(0, at - this.#clock.now())
  }

  get connectionId(): string | undefined {
    return this.#idOf(0)
  }

  get protocol(): string {
    return this.#links.protocol(this.#read(Read.Link))
  }

  stats(): Stats {
    this.#read(Read.Stats)
    return statsOf(this.#row() as number[])
  }

  trace(): TraceEntry[] {
    return this.#entriesAfter(0)
  }

  /** Tells the facade every entry of the trace from now on, or none any more. */
  follow(follows: boolean): void {
    this.#follower = follows && this.status !== Status.Closed ? { told: this.#read(Read.Trace, -1) } : undefined
  }

  /** Settles with the connectionId; with nothing where the session asks for none. */
  ready(settle: Settle): void {
    const { status } = this
    if (status === Status.Ready) settle[0](this.connectionId as never)
    else if (status === Status.Closed) settle[1](this.#end())
    else this.#waiting.push(settle)
  }

  /** Settles when the message, a value or a text that is sent as it is, has left for the network. */
  send(value: unknown, raw: boolean, retry: boolean, settle: Settle): void {
    const body = raw ? value : written(value, this.#options.binary)
    this.#add(Input.Send, body, -1, retry, 0, settle)
  }

  /** Settles with the answer. Returns the number by which it can be aborted, -1 if it has failed already; a timeout of 0 is that of the settings. */
  request(value: unknown, timeout: number, retry: boolean, settle: Settle): number {
    const message = this.#name()
    return this.#add(Input.Request, written(value, false, referenceOf(this.#mark, message)), message, retry, timeout, settle)
  }

  #add(input: Input, body: unknown, message: number, retry: boolean, timeout: number, settle: Settle): number {
    const bytes = wireSize(body)
    if (bytes < 0) {
      const { code, why } = body as { code: ErrorCode; why: string }
      settle[1](this.#failed(code, 0, 0, 0, why))
      return -1
    }
    if (message < 0) message = this.#name()
    this.#outgoing.set(message, { body, bytes, settle })
    this.#handle(input, [message, bytes, retry, timeout])
    return message
  }

  #name(): number {
    const name = this.#next
    this.#next = (name + 1) & NAMES
    return name
  }

  /** Gives up on a request that has not been settled. */
  abort(message: number): void {
    this.#handle(Input.Abort, [message])
  }

  /** Settles with the answer once the session is in a room. */
  join(name: string, settle: Settle): void {
    let room = this.#roomOf(name)
    if (room) {
      room.waiting.push(settle)
    } else {
      // A user may go through many rooms. What is yet to be carried out may name any of them.
      if (this.#rooms.length >= this.#mostRooms && !this.#isActing) {
        this.#rooms = this.#rooms.filter(({ id, waiting }) => waiting.length || this.#read(Read.KnowsRoom, id))
        this.#mostRooms = this.#rooms.length * 2 + 4
      }
      room = { id: ++this.#roomsMade, name, waiting: [settle] }
      this.#rooms.push(room)
    }
    this.#handle(Input.Join, [room.id])
  }

  leave(name: string): void {
    const room = this.#roomOf(name)
    if (room) this.#handle(Input.Leave, [room.id])
  }

  #roomOf(name: string): Room | undefined {
    return this.#rooms.find((room) => room.name === name)
  }

  close(code: number, reason: string): void {
    this.#handle(Input.Close, [code], [reason])
  }

  /** Opens a link whose address was asked for, unless it was given up meanwhile. */
  open(link: number, address: string): void {
    if (!this.#isPrepared(link)) return
    const refused = this.#links.open(link, address, this.#options.protocols)
    if (refused === 1) this.#refuse(link, Refused.Unsupported)
    else if (refused === 2) this.#refuse(link, Refused.Url, sentence('url, insecure'))
    else if (refused) this.#refuse(link, Refused.Options, sentence('protocols'))
  }

  /** There is no address for a link. */
  refuse(link: number, { why, transient, details }: Refusal): void {
    if (this.#isPrepared(link)) this.#refuse(link, Refused.Url, why, details.status, transient)
  }

  #refuse(link: number, kind: Refused, why = '', status = 0, transient = false): void {
    if (!this.#isStarted) this.#isSilent = true
    this.#handle(Input.Refused, [link, kind, status, transient], why ? [why] : [])
  }

  /** Whether the address of a link is still wanted; it is waited for no more. */
  #isPrepared(link: number): boolean {
    const isPrepared = this.#preparing.delete(link)
    if (isPrepared) this.#call('giveUp', link)
    return isPrepared
  }

  #call<Name extends keyof Facade>(name: Name, ...given: Parameters<Facade[Name]>): ReturnType<Facade[Name]> | undefined {
    try {
      return (this.#facade[name] as (...given: unknown[]) => ReturnType<Facade[Name]>)(...given)
    } catch (thrown) {
      report(thrown)
      return undefined
    }
  }

  #tell<Name extends keyof Facade>(name: Name, ...given: Parameters<Facade[Name]>): void {
    if (!this.#isSilent) this.#call(name, ...given)
  }

  #read(what: Read, about = 0): number {
    return this.#instance.wasm.read(this.#session, what, about)
  }

  /** What the core has written since it was asked last. */
  #row(): unknown[] {
    return this.#instance.row.splice(0)
  }

  #idOf(link: number): string | undefined {
    this.#read(Read.ConnectionId, link)
    return this.#row()[0] as string | undefined
  }

  #failed(...facts: Facts): GateSocketError {
    return failed(this.#action, ...facts)
  }

  /** Why the session has ended. */
  #end(): GateSocketError {
    this.#read(Read.End)
    return this.#failed(...(this.#row() as Facts))
  }

  /** What `links.js` and `page.js` tell. */
  #happened(event: number, link: number, value: unknown, number: number): void {
    if (event === MADE) return this.#tell('link', value as WebSocket)
    if (event <= Input.Binary) return this.#received(event, link, value, number)
    if (event === Input.Tick) this.#armed = -1
    // The reason of a close.
    this.#handle(event, [link, number], typeof value === 'string' ? [value] : [])
  }

  #received(kind: number, link: number, message: unknown, length: number): void {
    // Most messages: nothing is read and nothing copied.
    if (kind === Input.NoConnectionId && this.#passesOn(link, message, length)) return
    const fields = message as { [field: string]: unknown }
    if (kind <= Input.Fields && this.#read(Read.AwaitsAnswer)) {
      const request = requestOf(this.#mark, fields.ref)
      if (request >= 0) return this.#handle(Input.Answer, [link, length, request], [], message)
    }
    if (kind === Input.NotRead && this.#read(Read.AwaitsConnectionId, link)) kind = Input.Fields
    const texts: string[] = []
    let bits = 0
    if (kind === Input.Fields) {
      const { connectionId, message, requestId, messageId } = fields
      if (requestId !== undefined || messageId !== undefined) bits = 4
      if (typeof message === 'string') {
        texts.push(message)
        bits += 2
      }
      if (typeof connectionId === 'string') {
        texts.push(connectionId)
        bits += 1
      }
    }
    this.#handle(kind, [link, length, bits], texts, message)
  }

  /**
   * Takes a message that nothing waits for to the user, without the detour over what the session decides; whether it could.
   * What the user's callback leads to waits for its return, as always.
   */
  #passesOn(link: number, message: unknown, length: number): boolean {
    const now = this.#clock.aboutNow()
    if (this.#isActing || !this.#instance.wasm.takes(this.#session, now, link, length)) return false
    this.#isActing = true
    this.#isInterrupted = false
    this.#tell('message', message)
    if (this.#isInterrupted) this.#actOnAll()
    else this.#isActing = false
    return true
  }

  /** One turn of the loop that `Session` of the core describes. What a callback leads to waits for its turn. */
  #handle(what: Input, given: unknown[] = [], texts: string[] = [], message?: unknown): void {
    const { wasm } = this.#instance
    const now = this.#clock.now()
    for (const text of texts) {
      const bytes = new TextEncoder().encode(text)
      const place = wasm.room(this.#session, bytes.length)
      new Uint8Array(wasm.memory.buffer).set(bytes, place)
    }
    wasm.handle(this.#session, now, what, ...given)
    this.#decided.push({ row: this.#row(), at: 0, message })
    if (this.#isActing) this.#isInterrupted = true
    else this.#actOnAll()
  }

  #actOnAll(): void {
    this.#isActing = true
    for (;;) {
      this.#tellTrace()
      const next = this.#decided[this.#acted]
      // A call from a callback may have crashed, and the core is never entered again.
      if (this.#instance.crash) return
      if (!next) break
      if (next.at < next.row.length) this.#act(next)
      else this.#acted++
    }
    this.#decided = []
    this.#acted = 0
    this.#isActing = false
    if (this.status === Status.Closed) this.#dropEnded()
    this.#armTimeout()
  }

  /** Carries out the first of what was decided. All that is about it is read before a callback may come back here. */
  #act(decided: Decisions): void {
    const read = (count: number) => decided.row.slice(decided.at, (decided.at += count))
    const [kind, one, two, three] = read(4) as [Output, number, number, number]
    const close = (): CloseDetails => {
      const [code, wasClean, reason] = read(3) as [number, number, string]
      return { code, reason, wasClean: wasClean > 0 }
    }
    const failure = () => this.#failed(...(read(5) as Facts))
    const message = () => {
      const { message } = decided
      decided.message = undefined
      return message as never
    }
    const settle = () => {
      const outgoing = this.#outgoing.get(one)
      this.#outgoing.delete(one)
      return outgoing?.settle
    }
    switch (kind) {
      case Output.OpenLink: {
        this.#preparing.add(one)
        const address = this.#call('address', one)
        if (address !== undefined) this.open(one, address)
        break
      }
      case Output.Identify:
        this.#links.say(one, this.#action)
        break
      case Output.Transmit: {
        const outgoing = this.#outgoing.get(two)
        // One that closes takes nothing any more.
        if (outgoing && !this.#links.send(one, outgoing.body, outgoing.bytes, two)) this.#handle(Input.NotTaken, [one, two])
        break
      }
      case Output.Confirm:
        settle()?.[0](undefined as never)
        break
      case Output.Answer:
        settle()?.[0](message())
        break
      case Output.Reject: {
        const error = failure()
        settle()?.[1](error)
        break
      }
      case Output.Deliver:
        this.#tell(one ? 'gatewayFrame' : 'message', message())
        break
      case Output.ConnectionId: {
        const [connectionId, previous] = read(2) as [string, string]
        // In a rotation with rooms it comes with the answer to the last join, or with anything.
        const isItsAnswer = (decided.message as { connectionId?: unknown } | undefined)?.connectionId === connectionId
        const answer = isItsAnswer ? message() : undefined
        for (const [resolve] of this.#waiting.splice(0)) resolve(connectionId as never)
        this.#tell('connectionId', { connectionId, previous: one ? previous : null, answer })
        break
      }
      case Output.Status:
        this.#tell('status', one)
        if (one === Status.Ready && !identifies(this.#options)) {
          for (const [resolve] of this.#waiting.splice(0)) resolve(undefined as never)
        }
        break
      case Output.Failed:
        this.#tell('error', failure())
        break
      case Output.Closed:
        this.#tell('close', close())
        break
      case Output.AskReconnect: {
        const [how, error] = [close(), failure()]
        this.#handle(Input.Reconnect, [this.#isSilent || (this.#call('wantsAnother', how, error) ?? true)])
        break
      }
      case Output.CloseLink: {
        const { code, reason } = close()
        this.#links.close(one, code, reason)
        break
      }
      case Output.DropLink: {
        const wasPreparing = this.#preparing.delete(one)
        this.#links.drop(one)
        if (wasPreparing) this.#call('giveUp', one)
        break
      }
      case Output.JoinRoom:
        this.#askRoom(one, this.#names.join, two, three)
        break
      case Output.LeaveRoom:
        this.#askRoom(one, this.#names.leave, two, three)
        break
      case Output.Joined: {
        const { name, waiting } = this.#waitingFor(one)
        const answer = message()
        if (!waiting.length) this.#tell('joinedAgain', name, answer)
        for (const [resolve] of waiting) resolve(answer)
        break
      }
      case Output.JoinFailed: {
        const error = failure()
        const { waiting } = this.#waitingFor(one)
        // A room that was joined before: nobody waits, and somebody must know.
        if (!waiting.length) this.#tell('error', error)
        for (const [, reject] of waiting) reject(error)
        break
      }
      case Output.Took: {
        const [step, since, until] = read(3) as [string, number, number]
        measured(step, one, this.#clock.performance(since), this.#clock.performance(until), two > 0)
      }
    }
  }

  /** A room's name, and those who wait for it, who are told once. */
  #waitingFor(id: number): { name: string; waiting: Settle[] } {
    const room = this.#rooms.find((room) => room.id === id)
    return { name: room?.name ?? '', waiting: room?.waiting.splice(0) ?? [] }
  }

  #askRoom(link: number, action: string, id: number, request: number): void {
    const name = this.#rooms.find((room) => room.id === id)?.name ?? ''
    this.#links.say(link, action, this.#names.field, name, this.#idOf(link), referenceOf(this.#mark, request))
  }

  #entriesAfter(number: number): TraceEntry[] {
    this.#read(Read.Trace, number)
    const row = this.#row()
    const entries: TraceEntry[] = []
    for (let at = 0; at < row.length; at += 7) {
      const [kind, number, time, ...facts] = row.slice(at, at + 7) as Parameters<typeof traced>
      entries.push(traced(kind, number, this.#clock.wall(time), ...facts) as TraceEntry)
    }
    return entries
  }

  /** Tells what is new. It costs next to nothing where nobody follows. */
  #tellTrace(): void {
    for (;;) {
      const follower = this.#follower
      const entries = follower ? this.#entriesAfter(follower.told) : []
      if (!entries.length) return
      for (const entry of entries) {
        if (this.#follower !== follower) break
        follower!.told = entry.number
        this.#call('trace', entry)
      }
    }
  }

  #armTimeout(): void {
    const deadline = this.#read(Read.Deadline)
    if (deadline === this.#armed) return
    this.#armed = deadline
    // The clock rounds down; the extra millisecond keeps the timer from firing before.
    this.#page.wake(deadline < 0 ? -1 : Math.min(Math.max(deadline - this.#clock.now(), 0) + 1, LONGEST_PAUSE))
  }

  /** What is left when a session has ended: at most a link that sends what the browser holds. */
  #dropEnded(): void {
    this.#page.unwatch()
    this.#isSilent = true
    this.#follower = undefined
    const cause = this.#end()
    for (const [, reject] of this.#waiting.splice(0)) reject(cause)
    if (!this.#read(Read.IsDone)) return
    for (const link of this.#preparing) this.#isPrepared(link)
    this.#links.end()
    const settles = [...this.#outgoing.values()].map(({ settle }) => settle)
    for (const { waiting } of this.#rooms) settles.push(...waiting)
    this.#outgoing.clear()
    this.#rooms = []
    for (const [, reject] of settles) reject(cause)
    this.#instance.held.delete(this.#links)
    this.#instance.held.delete(this.#page)
  }
}
