// What one message of a room costs, as a function of the room's members. The counts are checked against the handlers
// themselves, which a test runs for 10 and 1,000 members (tests/templates/scale.test.mjs).
import { PRICES } from './prices.mjs'

/** Of AWS: "Amazon API Gateway quotas", "AWS Lambda quotas", "Service quotas in Amazon DynamoDB". */
export const LIMITS = {
  /** Management API calls a second, of an account in a Region, and how many of them at once. Both can be raised. */
  posts: 10_000,
  burst: 5_000,
  /** Of an invocation that answers API Gateway; the handlers end a second before that. */
  seconds: 29,
  /** MB for one vCPU. */
  megabytesPerCpu: 1_769,
  /** Read and write units a second of one partition, which is a room's log and each part of its members. */
  partitionReads: 3_000,
  partitionWrites: 1_000,
}

/** Of this backend: lambda/chat and its template. */
export const BACKEND = { atOnce: 64, shards: 16, concurrency: 20, megabytes: 1_024, batch: 1 }

/** What is assumed and not measured here: a post from Lambda to the management API of its Region, and a call of DynamoDB or SQS, in ms. */
export const ASSUMED = { post: 10, call: 5 }

const PAGE = 4_096
const units = (bytes, size) => Math.max(1, Math.ceil(bytes / size))

/** Bytes of a member's item: names and values of pk, sk and expires, and of a name if there is one. */
export const memberBytes = (room, name = '') => 2 + `room#0#${room}`.length + 2 + 16 + 7 + 6 + (name && 4 + name.length)

/** Bytes of a message's item without its data: room, sequence, id (a UUID), connectionId, at, expires. */
export const messageBytes = (room, data) => 4 + room.length + 8 + 3 + 2 + 36 + 12 + 16 + 4 + data + 2 + 8 + 7 + 6

/**
 * What one message is, in a room of `members`, `mode` direct or queue, with `data` bytes of JSON:
 * `{ invocations, posts, readUnits, writeUnits, queueRequests }`. All members are connected, and the message is not the
 * hundredth, which reserves a block of numbers (one write unit more).
 */
export function counts({ members, mode, room = 'lobby', data = 200, shards = BACKEND.shards, batch = BACKEND.batch }) {
  const message = messageBytes(room, data)
  // The sender's member, the newest message, and the index of ids, where nothing is found.
  const check = 1 + units(message, PAGE) + 1
  const all = { posts: members + 1, writeUnits: units(message, 1_024) + 1 }
  if (mode === 'direct') {
    const readUnits = check + units(members * memberBytes(room), PAGE)
    return { ...all, invocations: 1, readUnits, queueRequests: 0 }
  }
  // Each part reads the message and its members. Hashes fill the parts unevenly, which adds less than a unit to each.
  const part = units(message, PAGE) + units((members / shards) * memberBytes(room), PAGE)
  const jobs = Math.ceil(shards / batch)
  return {
    ...all,
    invocations: 1 + jobs,
    readUnits: check + shards * part,
    // Sent by ten, received and deleted by batch.
    queueRequests: Math.ceil(shards / 10) + 2 * jobs,
  }
}

/** Posts a second of one function: bound by what waits at once, or by its share of a processor. `cpu` is ms of it per post. */
export function postsPerSecond(cpu, megabytes = BACKEND.megabytes) {
  return Math.min((BACKEND.atOnce * 1_000) / ASSUMED.post, (1_000 * megabytes) / LIMITS.megabytesPerCpu / cpu)
}

/**
 * How long a message takes to all members, in ms, on an account that does nothing else: functions that post at their rate,
 * below the account's quota, which is a bucket of `burst` that refills. Steps of a millisecond. `{ half, last }`.
 */
export function simulate({ members, mode, cpu, shards = BACKEND.shards, concurrency = BACKEND.concurrency }) {
  const rate = postsPerSecond(cpu) / 1_000
  const jobs = mode === 'direct' ? [members] : Array.from({ length: shards }, () => members / shards)
  const working = []
  let bucket = LIMITS.burst
  let reached = 0
  let half
  // Five calls one after the other before the first post; with the queue the functions behind it make two more, and Lambda's poll one.
  let now = ASSUMED.call * (mode === 'direct' ? 5 : 8) + ASSUMED.post
  while (reached < members - 1e-6) {
    while (working.length < (mode === 'direct' ? 1 : concurrency) && jobs.length > 0) working.push(jobs.shift())
    let wanted = 0
    for (const left of working) wanted += Math.min(rate, left)
    const granted = Math.min(wanted, bucket)
    for (let i = working.length - 1; i >= 0; i--) {
      working[i] -= (Math.min(rate, working[i]) * granted) / wanted
      if (working[i] < 1e-9) working.splice(i, 1)
    }
    bucket = Math.min(LIMITS.burst, bucket - granted + LIMITS.posts / 1_000)
    reached += granted
    now++
    if (half === undefined && reached >= members / 2) half = now
  }
  return { half, last: now }
}

/** Dollars for one message with the counts, by service, and their sum. `cpu` as above, `data` in bytes. */
export function dollars({ members, mode, cpu, data = 200, ...options }) {
  const count = counts({ members, mode, data, ...options })
  const frame = data + 180 // room, sequence, id, from and at as JSON
  const seconds = (count.posts / postsPerSecond(cpu)) + (count.invocations * 5 * ASSUMED.call) / 1_000
  const million = 1e6
  const parts = {
    gateway: ((1 + count.posts) * Math.ceil(frame / 32_768) * PRICES.gatewayMessages) / million,
    transfer: (count.posts * frame * PRICES.transferGigabytes) / 1e9,
    lambda: (count.invocations * PRICES.invocations) / million + ((seconds * BACKEND.megabytes) / 1_024) * PRICES.gigabyteSeconds,
    dynamodb: (count.readUnits * PRICES.readUnits + count.writeUnits * PRICES.writeUnits) / million,
    sqs: (count.queueRequests * PRICES.queueRequests) / million,
  }
  return { ...parts, sum: Object.values(parts).reduce((sum, part) => sum + part, 0) }
}

/** The largest room that one function serves before its time is over. */
export const largestDirect = (cpu) => Math.floor(Math.min(postsPerSecond(cpu), LIMITS.posts) * (LIMITS.seconds - 1))
