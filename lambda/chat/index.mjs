// Chatrooms behind a WebSocket API of API Gateway. One handler for $connect, $disconnect and $default.
import { randomUUID } from 'node:crypto'

import { depart, fanOut, presence, tell, tellCount } from './fan-out.mjs'
import * as members from './members.mjs'
import * as messages from './messages.mjs'
import { fromAuthorizer, fromQuery } from './names.mjs'
import { parse } from './parse.mjs'
import { post } from './post.mjs'
import { enqueue } from './queue.mjs'
import { Refusal, toFrame } from './refusal.mjs'

const ok = { statusCode: 200 }

/** What a client may send in one frame, and what each member of a room receives in one that is paid for once. */
const FRAME_BYTES = 32_768

/** Others may be quicker for so long; then the client is told to try again, and not left waiting. */
const STORE_MS = 10_000

export async function handler(event, context) {
  const { requestContext } = event
  const { connectionId, domainName, stage } = requestContext
  // The variable is the SDK's own: the template and the local gateway set it. An event names the domain that clients use,
  // and one of yours need not have the stage in its paths.
  const endpoint = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI || `https://${domainName}/${stage}`
  // A second is left for what the deadline ends.
  const until = Date.now() + context.getRemainingTimeInMillis() - 1_000
  switch (requestContext.eventType) {
    case 'CONNECT': {
      const name = fromQuery(event.queryStringParameters)
      if (name && !requestContext.authorizer) await members.setName(connectionId, name)
      return ok
    }
    case 'DISCONNECT':
      await depart(endpoint, [connectionId], until)
      return ok
    default:
      await answer({ endpoint, until, requestContext, connectionId }, event)
      return ok
  }
}

/** Carries out what a client asks for. Whatever it sends, it gets an answer, unless it has gone. */
async function answer(session, { body, isBase64Encoded }) {
  let ref
  let answered = false
  let gone = false
  const say = async (frame) => {
    answered = true
    const result = await post(session.endpoint, [session.connectionId], { ref, ...frame }, { until: session.until })
    gone = result.gone.length > 0
  }
  try {
    const request = parse(isBase64Encoded ? null : body)
    ref = request.ref
    await actions[request.action](session, request, say)
  } catch (error) {
    ref ??= error.ref
    const frame = toFrame(error, session.requestContext.requestId)
    // Without the right to post nothing can be said: the invocation fails, and API Gateway tells the client.
    if (error.mayNotPost) throw error
    if (!answered) await say(frame)
  }
  // Its $disconnect may have come before it joined.
  if (gone) await depart(session.endpoint, [session.connectionId], session.until)
}

const actions = {
  async GET_CONNECTION_ID({ connectionId }, _request, say) {
    await say({ connectionId })
  },

  async JOIN_ROOM({ endpoint, until, connectionId, requestContext }, { room, ...request }, say) {
    own(connectionId, request)
    // Behind an authorizer a client never names itself, not even where the authorizer gives no name.
    const { authorizer } = requestContext
    const name = authorizer ? fromAuthorizer(authorizer) : await members.nameOf(connectionId)
    await members.add(room, connectionId, name)
    // After the member is stored: the messages behind this number are posted to it.
    const [{ sequence }, now] = await Promise.all([messages.newest(room), presence(room)])
    await say({ joined: room, sequence, members: now.members, count: now.count })
    await tell(endpoint, [room], until, { now, except: connectionId })
  },

  async LEAVE_ROOM({ endpoint, until, connectionId }, { room, ...request }, say) {
    own(connectionId, request)
    const was = await members.remove(room, connectionId)
    await say({ left: room })
    if (was) await tell(endpoint, [room], until)
  },

  async SEND_MESSAGE({ endpoint, until, connectionId }, { room, data, id = randomUUID() }, say) {
    const [member, newest] = await Promise.all([here(room, connectionId), messages.newest(room)])
    const draft = { room, id, ...member, data: JSON.stringify(data), at: Date.now() }
    fits(draft)
    const { message, duplicate } = await messages.append(draft, newest, Math.min(until, Date.now() + STORE_MS))
    const { sequence, at } = message
    const tried = () => say({ sent: room, sequence, id, at, ...(duplicate && { duplicate }) })
    // Also if it was stored before: whoever stored it may have come no further.
    if (enqueue) await enqueue(endpoint, room, { sequence }).then(tried)
    else await fanOut(endpoint, room, messages.toFrame(message), { until, tried })
  },

  async HISTORY({ connectionId }, { room, ...range }, say) {
    await here(room, connectionId)
    const { messages: page, ...rest } = await messages.history(room, range)
    await say({ history: room, messages: page.map(messages.toFrame), ...rest })
  },

  async MEMBERS({ endpoint, until, connectionId }, { room }, say) {
    await here(room, connectionId)
    const now = await presence(room)
    await say({ membersOf: room, members: now.members, count: now.count })
    if (now.anew) await tellCount(endpoint, room, now, until)
  },
}

/** A client names no connection but its own. */
function own(connectionId, request) {
  if (request.connectionId === undefined || request.connectionId === connectionId) return
  throw new Refusal('spoofed-connection', 'This connectionId is not yours', { connectionId })
}

/** The member that asks. */
async function here(room, connectionId) {
  const member = await members.find(room, connectionId)
  if (!member) throw new Refusal('not-a-member', 'Join the room first', { notIn: room })
  return member
}

/** Refuses a message that would not fit into one frame, under any number, before it is stored. */
function fits(draft) {
  const bytes = Buffer.byteLength(JSON.stringify(messages.toFrame({ ...draft, sequence: Number.MAX_SAFE_INTEGER })))
  if (bytes <= FRAME_BYTES) return
  throw new Refusal('too-large', 'The message does not fit into one frame', { bytes, limit: FRAME_BYTES })
}
