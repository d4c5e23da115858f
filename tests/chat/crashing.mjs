// The chat backend in processes that die in the middle of their work, as Lambda's do when their time or memory is over: after
// a message was stored and before anybody has it, or anywhere else. The next invocation gets a new process.
import { handler as chat } from '../../lambda/chat/index.mjs'

const share = Number(process.env.CHAT_CRASHES)

export function handler(event, context) {
  if (event.requestContext.eventType === 'MESSAGE' && Math.random() < share) {
    setTimeout(() => {
      console.log('crashes on purpose')
      process.exit(1)
    }, Math.random() * 25)
  }
  return chat(event, context)
}
