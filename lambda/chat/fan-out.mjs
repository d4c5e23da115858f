// What a room's members are told: its messages, and who is there.
import { each } from './each.mjs'
import * as members from './members.mjs'
import { post } from './post.mjs'
import { enqueue } from './queue.mjs'

/**
 * Posts a frame to the members of a room, in all or some of its partitions. Who is gone is removed, and the others are
 * told. `tried` as for `post`.
 */
export async function fanOut(endpoint, room, frame, { shards, until, tried }) {
  const { gone } = await post(endpoint, await members.connections(room, shards), frame, { until, tried })
  await depart(endpoint, gone, until)
}

/** Removes connections that are over from all of their rooms, and tells the others. */
export async function depart(endpoint, connectionIds, until) {
  const rooms = new Set()
  await each(connectionIds, async (connectionId) => {
    for (const room of await members.forget(connectionId)) rooms.add(room)
  })
  await tell(endpoint, rooms, until)
}

/**
 * Who is in a room: `{ members, count }`. In a large one these are the first members, and there are `at`, when they
 * were counted, and `anew`: true if that was just now, when `tellCount` is due.
 */
export async function presence(room) {
  const some = await members.some(room)
  const listed = some.slice(0, members.LISTED)
  if (some.length === listed.length) return { members: listed, count: listed.length }
  return { members: listed, ...(await members.count(room)) }
}

/**
 * Tells the members of rooms who is there. What was read may be old once it arrives, behind what a quicker invocation told:
 * so it is read again afterwards, and told again if it has changed. What arrives last is true. `now` is what `presence` found
 * already in the only room; `except` knows it.
 */
export async function tell(endpoint, rooms, until, { now: first, except } = {}) {
  const told = new Map()
  // A room that is added to the set while it is walked through comes again.
  const open = new Set(rooms)
  for (const room of open) {
    open.delete(room)
    const now = first ?? (await presence(room))
    first = undefined
    const text = JSON.stringify(now)
    if (told.get(room) === text || Date.now() > until) continue
    if ('anew' in now) {
      if (now.anew) await tellCount(endpoint, room, now, until)
      continue
    }
    const { gone } = await post(
      endpoint,
      now.members.map(({ connectionId }) => connectionId).filter((id) => told.has(room) || id !== except),
      { room, ...now },
      { until },
    )
    told.set(room, text)
    open.add(room)
    await each(gone, async (connectionId) => {
      for (const left of await members.forget(connectionId)) open.add(left)
    })
  }
}

/** Tells the members of a large room how many they are, as `presence` counted them. */
export function tellCount(endpoint, room, { count, at }, until) {
  return enqueue ? enqueue(endpoint, room, { count, at }) : fanOut(endpoint, room, { room, count }, { until })
}
