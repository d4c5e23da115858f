// Who is in which room, kept twice: by room, for those who send to it, and by connection, for the end of that.
//
//   pk                      sk              attributes
//   room#{shard}#{room}     {connectionId}  name, expires
//   connection#{id}         room#{room}     expires
//   connection#{id}         name            name, expires
//   count#{room}            count           count, at, expires     (large rooms only)
import { MEMBERS, all, countOf, expired, get, pages, put, remove as removeItem, seconds, update } from './tables.mjs'

/** A connection lives for two hours at most. A member whose $disconnect never came is gone after this. */
const LIFETIME = 130 * 60

/** The partitions of a room's members, which are read in parallel. */
export const SHARDS = Number(process.env.MEMBER_SHARDS ?? 1)

/** A room with more members is large: updates tell how many are there, and not who. */
export const LISTED = 100

const inRoom = (room, shard) => `room#${shard}#${room}`
const ofConnection = (connectionId) => `connection#${connectionId}`
const memberKey = (room, connectionId) => ({ pk: inRoom(room, shardOf(connectionId)), sk: connectionId })
const roomKey = (room, connectionId) => ({ pk: ofConnection(connectionId), sk: `room#${room}` })
const countKey = (room) => ({ pk: `count#${room}`, sk: 'count' })
const nameKey = (connectionId) => ({ pk: ofConnection(connectionId), sk: 'name' })

/** Keeps the name that a connection was opened with. */
export function setName(connectionId, name) {
  return put(MEMBERS, { ...nameKey(connectionId), name, expires: seconds() + LIFETIME })
}

/** That name, or undefined. */
export async function nameOf(connectionId) {
  return (await get(MEMBERS, nameKey(connectionId)))?.name
}

/** Lets a connection into a room, or keeps it there. */
export async function add(room, connectionId, name) {
  const expires = seconds() + LIFETIME
  // In this order: a member that is stored can always be found by its connection.
  await put(MEMBERS, { ...roomKey(room, connectionId), expires })
  await put(MEMBERS, { ...memberKey(room, connectionId), name, expires })
}

/** Takes a connection out of a room; false if it was not there. */
export async function remove(room, connectionId) {
  const was = await removeItem(MEMBERS, memberKey(room, connectionId))
  await removeItem(MEMBERS, roomKey(room, connectionId))
  return was
}

/** Forgets a connection that is over; resolves to the rooms that it was in. */
export async function forget(connectionId) {
  const kept = await all(MEMBERS, '#pk = :pk', { pk: ofConnection(connectionId) })
  const rooms = await Promise.all(
    kept.map(async ({ pk, sk }) => {
      if (!sk.startsWith('room#')) return removeItem(MEMBERS, { pk, sk }).then(() => null)
      const room = sk.slice('room#'.length)
      return (await remove(room, connectionId)) ? room : null
    }),
  )
  return rooms.filter((room) => room !== null)
}

/** The member `{ connectionId, name? }`, or undefined. */
export async function find(room, connectionId) {
  const item = await get(MEMBERS, memberKey(room, connectionId))
  return item && !expired(item) ? toMember(item) : undefined
}

/** The connectionIds of all members in some of a room's partitions. */
export async function connections(room, shards = allShards()) {
  const parts = await Promise.all(
    shards.map((shard) => all(MEMBERS, '#pk = :pk', { pk: inRoom(room, shard), fields: '#sk, #expires' })),
  )
  return parts.flat().filter((item) => !expired(item)).map(({ sk }) => sk)
}

/** The members of a room, up to one more than `LISTED`: then the room is large. */
export async function some(room) {
  const parts = await Promise.all(allShards().map((shard) => start(inRoom(room, shard))))
  return parts.flat().slice(0, LISTED + 1)
}

async function start(pk) {
  const members = []
  for await (const items of pages(MEMBERS, '#pk = :pk', { pk, limit: LISTED + 1 })) {
    members.push(...items.filter((item) => !expired(item)).map(toMember))
    if (members.length > LISTED) break
  }
  return members
}

/**
 * How many members a large room has: `{ count, at, anew }`. Counting reads all of them, so one invocation does it from time to
 * time, for which `anew` is true; for the others the number is as old as that.
 */
export async function count(room) {
  const key = countKey(room)
  const before = await get(MEMBERS, key)
  const at = Date.now()
  const age = at - (before?.at ?? 0)
  const known = before?.count !== undefined && { count: before.count, at: before.at, anew: false }
  if (known && age < Math.max(5_000, known.count * 5)) return known
  const anew = await update(MEMBERS, key, 'SET #at = :at, #expires = :expires', {
    condition: before ? '#at = :before' : 'attribute_not_exists(#at)',
    at,
    before: before?.at,
    expires: seconds() + 24 * 60 * 60,
  })
  if (!anew && known) return known
  const counts = await Promise.all(
    allShards().map((shard) => countOf(MEMBERS, '#pk = :pk', { pk: inRoom(room, shard) })),
  )
  const sum = counts.reduce((total, part) => total + part, 0)
  if (anew) await update(MEMBERS, key, 'SET #count = :count', { count: sum })
  return { count: sum, at, anew }
}

/** Whether a large room was counted again after a time. */
export async function countedAfter(room, at) {
  return (await get(MEMBERS, countKey(room)))?.at > at
}

export function allShards() {
  return Array.from({ length: SHARDS }, (_, shard) => shard)
}

const toMember = ({ sk, name }) => ({ connectionId: sk, name })

/** FNV-1a: the same partition in every function and version. */
function shardOf(connectionId) {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(connectionId)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash % SHARDS
}
