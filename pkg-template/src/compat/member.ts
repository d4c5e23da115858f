import type { Options, WebSocketMessage } from '../../types/compat/react-use-websocket.js'
import { addressOf, type Source } from './address.js'
import { Connection } from './connection.js'
import { ReadyState } from './ready-state.js'
import type { Screen } from './screen.js'

interface Kept {
  /** Its place in all that was sent. */
  place: number
  message: WebSocketMessage
}

let sent = 0

/** What a component has sent and no connection has taken. It outlives connections, and changes of URL. */
export class Outbox {
  #kept: Kept[] = []

  keep(message: WebSocketMessage, place: number): void {
    this.#kept.push({ message, place })
  }

  /** All of it, oldest first. */
  take(): Kept[] {
    return this.#kept.splice(0).sort((one, other) => one.place - other.place)
  }
}

/** A component's use of a connection: from an effect to the end of it. */
export class Member {
  readonly options: () => Options
  readonly screen: Screen
  readonly source: Source
  connection: Connection | null = null
  hasLeft = false
  #outbox: Outbox
  #tell: (state: ReadyState) => void

  constructor(source: Source, options: () => Options, screen: Screen, outbox: Outbox, tell: (state: ReadyState) => void) {
    this.source = source
    this.options = options
    this.screen = screen
    this.#outbox = outbox
    this.#tell = tell
  }

  /** Never before this returns: an effect that is undone at once, as StrictMode does, opens nothing. */
  async join(): Promise<void> {
    await null
    if (this.hasLeft) return
    const address = await addressOf(this.source, this.options, () => !this.hasLeft)
    if (this.hasLeft) return
    if (address === null) this.failed()
    else Connection.of(address, this).add(this)
  }

  leave(): void {
    this.hasLeft = true
    this.screen.clear()
    this.connection?.remove(this)
  }

  /** Its URL could not be had. */
  failed(): void {
    console.error('gatesocket: the function that makes the URL failed, and there is no connection. retryOnError asks it again.')
    this.show(ReadyState.CLOSED)
  }

  show(state: ReadyState): void {
    if (!this.hasLeft) this.#tell(state)
  }

  send(message: WebSocketMessage, isKept: boolean, place = ++sent): void {
    const keep = () => isKept && this.#outbox.keep(message, place)
    if (this.hasLeft || !this.connection?.isOpen) return void keep()
    this.connection.send(message, this, keep)
  }

  /** Sends what was kept, now that there is a connection. */
  flush(): void {
    for (const { message, place } of this.#outbox.take()) this.send(message, true, place)
  }
}
