// The log of a room: its messages under the numbers 1, 2, 3…, without a gap, each id once.
//
// A message is stored under the number after the newest one, on the condition that nothing is there. Of several that try,
// one succeeds; the others look what came and go on after it.
import { setTimeout as wait } from 'node:timers/promises'

import { Refusal } from './refusal.mjs'
import { MESSAGES, all, expired, get, pages, put, seconds, update } from './tables.mjs'

const TTL = Number(process.env.MESSAGE_TTL_DAYS ?? 30) * 24 * 60 * 60

/** Of a page's messages, as JSON: what fits into a frame beside the rest. One message may be longer, alone. */
const PAGE_BYTES = 24 * 1024

/** See `reserve`. */
const BLOCK = 100

/**
 * Stores `{ room, id, connectionId, name, data, at }`, where `data` is JSON, and resolves to `{ message, duplicate }`: the
 * message with its `sequence`, or the one that was stored before under this id. `newest` is what `newest` found before.
 * Throws a `Refusal` with `busy` if others were quicker until the time `until`.
 */
export async function append(draft, newest, until) {
  const { room, id } = draft
  // In this order: a message with this id that is not in the index yet comes after the newest, where it is looked for below.
  const known = await byId(room, id)
  if (known) return { message: known, duplicate: true }
  let top = newest
  for (let attempt = 1; ; attempt++) {
    const expires = Math.max(seconds() + TTL, top.expires)
    const message = { ...draft, sequence: top.sequence + 1, expires }
    if (top.sequence % BLOCK === 0) await reserve(room, top.sequence + BLOCK)
    if (await put(MESSAGES, message, 'attribute_not_exists(#room)')) return { message, duplicate: false }
    if (Date.now() > until) throw new Refusal('busy', 'Too many messages for this room at once, try again')
    await wait(Math.random() * Math.min(100, 5 * 2 ** attempt))
    const newer = await since(room, top.sequence)
    const same = newer.find((other) => other.id === id)
    if (same) return { message: await get(MESSAGES, { room, sequence: same.sequence }), duplicate: true }
    top = newer.at(-1) ?? (await find(room))
  }
}

/** The newest message of a room: `{ sequence, expires }`, sequence 0 if there never was one. */
export { find as newest }

async function find(room) {
  const fields = '#sequence, #expires, #reserved, #until'
  const newest = pages(MESSAGES, '#room = :room', { room, fields, limit: 1, descending: true })
  const [item] = (await newest.next()).value
  if (!item) return { sequence: 0, expires: 0 }
  if (item.sequence > 0 && !expired(item)) return item
  const { reserved, until } = item.sequence === 0 ? item : await get(MESSAGES, { room, sequence: 0 })
  return { sequence: until > seconds() ? reserved - BLOCK : reserved, expires: 0 }
}

/**
 * Notes under the number 0 that the numbers up to `reserved` are about to be used, so that they are not used again when all
 * messages of a silent room have expired: then the numbers go on behind them. Until the time `until` no message under them
 * has expired, so that they cannot have been used unseen. It is before the first of them expires, since clocks differ.
 */
function reserve(room, reserved) {
  return update(MESSAGES, { room, sequence: 0 }, 'SET #reserved = :reserved, #until = :until', {
    condition: 'attribute_not_exists(#reserved) OR #reserved < :reserved',
    reserved,
    until: seconds() + Math.floor(TTL * 0.9),
  })
}

/** The message under a number, or undefined. */
export async function read(room, sequence) {
  const message = await get(MESSAGES, { room, sequence })
  return message && !expired(message) ? message : undefined
}

async function byId(room, id) {
  const found = pages(MESSAGES, '#room = :room AND #id = :id', { room, id, index: 'by-id' })
  const [key] = (await found.next()).value
  return key && read(room, key.sequence)
}

async function since(room, sequence) {
  return all(MESSAGES, '#room = :room AND #sequence > :sequence', { room, sequence, fields: '#sequence, #id, #expires' })
}

/**
 * A page of the log: `{ messages, more, sequence, oldest }`. After a number, or else the newest `limit`, in both cases
 * before another if that is given; ascending. `more` if there are others in the direction that was read, `sequence` is the
 * newest of the room. `oldest` if messages after `after` are gone: the number to go on from.
 */
export async function history(room, { after, before = Number.MAX_SAFE_INTEGER, limit = 50 }) {
  // First: a message that is stored meanwhile may be on the page, but one up to this number cannot be missing from it.
  const { sequence } = await find(room)
  const forward = after !== undefined
  const { messages, more } = await page(room, (after ?? 0) + 1, before - 1, limit, !forward)
  if (!forward) messages.reverse()
  const next = messages[0]?.sequence ?? sequence + 1
  const oldest = forward && next > after + 1 && next <= before ? next : undefined
  return { messages, more, sequence, oldest }
}

async function page(room, first, last, limit, descending) {
  const messages = []
  let bytes = 0
  if (first > last) return { messages, more: false }
  const found = pages(MESSAGES, '#room = :room AND #sequence BETWEEN :first AND :last', {
    room,
    first,
    last,
    descending,
    limit: limit + 1,
    filter: '#expires > :now',
    now: seconds(),
  })
  for await (const items of found) {
    for (const item of items) {
      bytes += Buffer.byteLength(JSON.stringify(toFrame(item)))
      if (messages.length === limit || (messages.length > 0 && bytes > PAGE_BYTES)) return { messages, more: true }
      messages.push(item)
    }
  }
  return { messages, more: false }
}

/** A message as clients see it. */
export function toFrame({ room, sequence, id, connectionId, name, data, at }) {
  return { room, sequence, id, from: { connectionId, name }, data: JSON.parse(data), at }
}
