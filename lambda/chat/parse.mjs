// What a client may ask for. Whatever is read here came from outside: anything in it may be missing, wrong or too much.
import { Refusal } from './refusal.mjs'

/** Of `ref`, `room` and `id`, in UTF-16 units as JavaScript counts. */
const LONGEST = 128
const DEEPEST = 100
const MOST_MESSAGES = 100

const optional = (check) => (value, field) => (value === undefined ? undefined : check(value, field))

const FIELDS = new Map([
  ['GET_CONNECTION_ID', {}],
  ['JOIN_ROOM', { room: name, connectionId: optional(name) }],
  ['LEAVE_ROOM', { room: name, connectionId: optional(name) }],
  ['SEND_MESSAGE', { room: name, data: anything, id: optional(name) }],
  ['HISTORY', { room: name, after: optional(sequence), before: optional(sequence), limit: optional(limit) }],
  ['MEMBERS', { room: name }],
])

/**
 * The request in a message's body: `{ action, ref, … }` with the fields of its action, checked. Throws a `Refusal`; if the
 * request has a usable `ref`, that is on it.
 */
export function parse(body) {
  const message = decode(body)
  const ref = own(message, 'ref')
  try {
    optional(name)(ref, 'ref')
    const action = own(message, 'action')
    if (typeof action !== 'string') throw wrong('action', 'a string')
    const fields = FIELDS.get(action)
    if (!fields) {
      throw new Refusal('unknown-action', `${[...FIELDS.keys()].join(', ')} are known`, { action: cut(action) })
    }
    const request = { action, ref }
    for (const [field, check] of Object.entries(fields)) request[field] = check(own(message, field), field)
    return request
  } catch (error) {
    if (isName(ref)) error.ref = ref
    throw error
  }
}

function decode(body) {
  if (typeof body !== 'string') throw new Refusal('bad-json', 'A message is a JSON object, this one is empty or binary')
  if (depth(body) > DEEPEST) throw new Refusal('bad-request', `More than ${DEEPEST} levels deep`, { limit: DEEPEST })
  let message
  try {
    message = JSON.parse(body)
  } catch {
    throw new Refusal('bad-json', 'A message is a JSON object, this one is not JSON')
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new Refusal('bad-json', 'A message is a JSON object, this is another value')
  }
  return message
}

/** How deep a text nests, if it is JSON: what reads it recursively would run out of stack. */
function depth(text) {
  let now = 0
  let most = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (quoted) at += character === '\\' ? 1 : 0
    else if (character === '[' || character === '{') most = Math.max(most, ++now)
    else if (character === ']' || character === '}') now--
  }
  return most
}

/** A property that the client wrote, and not `constructor` and the like, which every object has. */
function own(message, field) {
  return Object.hasOwn(message, field) ? message[field] : undefined
}

function isName(value) {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST && value.isWellFormed()
}

function name(value, field) {
  if (isName(value)) return value
  throw wrong(field, `a string of 1 to ${LONGEST} characters`, { limit: LONGEST })
}

function anything(value, field) {
  if (value === undefined) throw wrong(field, 'there')
  return value
}

function sequence(value, field) {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw wrong(field, 'a whole number from 0')
}

function limit(value, field) {
  if (Number.isSafeInteger(value) && value >= 1 && value <= MOST_MESSAGES) return value
  throw wrong(field, `a whole number from 1 to ${MOST_MESSAGES}`, { limit: MOST_MESSAGES })
}

function wrong(field, what, facts) {
  return new Refusal('bad-request', `${field} has to be ${what}`, { field, ...facts })
}

/** An unknown action is shown to its sender, but not the whole of a long one. */
function cut(text) {
  return text.slice(0, 64).toWellFormed()
}
