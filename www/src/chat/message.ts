import { read, write } from '../useStored.js'

/** Somebody in a room. */
export interface Member {
  connectionId: string
  name?: string
}

/** A message as the backend numbered it. */
export interface Message {
  room: string
  sequence: number
  /** Made by whoever sent it, so that it is stored once however often it is sent. */
  id: string
  from: Member
  data: unknown
  /** Milliseconds since 1970. */
  at: number
}

/** In a room there may be other things than messages: what a backend of yours adds. */
export function isMessage(value: unknown): value is Message {
  const { sequence, id, from } = value as Partial<Message>
  return typeof sequence === 'number' && typeof id === 'string' && typeof from === 'object'
}

export function textOf({ data }: Pick<Message, 'data'>): string {
  return typeof data === 'string' ? data : JSON.stringify(data)
}

/** What to call somebody who gave no name. */
export function nameOf({ name, connectionId }: Member): string {
  return name ?? `guest ${connectionId.slice(0, 4)}`
}

/** Ids of this browser's messages begin with this. A connectionId would not do: each connection has another. */
const me = read<string>('me') ?? random()
write('me', me)

export function newId(): string {
  return `${me}.${random()}`
}

export function isMine({ id }: Pick<Message, 'id'>): boolean {
  return id.startsWith(`${me}.`)
}

function random(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
