// The backend of the crate's tests in browsers: that of the three steps, and routes of their own with a route
// response for requests.
import { handler as identify } from '../../lambda/connection-id/index.mjs'

const answers = {
  ADD: ({ numbers }) => ({ sum: numbers.reduce((sum, number) => sum + number, 0) }),
  JOIN_ROOM: ({ room }) => ({ joined: room }),
  ENTER: ({ channel }) => ({ joined: channel }),
  LEAVE_ROOM: ({ room }) => ({ left: room }),
}

export async function handler(event) {
  if (event.requestContext.eventType === 'MESSAGE') {
    const message = JSON.parse(event.body)
    if (message.action === 'FAIL') throw new Error('as it was asked to')
    const answer = answers[message.action]
    if (answer) return { statusCode: 200, body: JSON.stringify({ ref: message.ref, ...answer(message) }) }
  }
  return identify(event)
}
