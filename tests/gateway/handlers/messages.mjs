// Fails in the way that a message asks for.
export async function handler({ requestContext, body }, context) {
  if (requestContext.eventType !== 'MESSAGE') return { statusCode: 200 }
  switch (JSON.parse(body).do) {
    case 'throw':
      throw new TypeError('thrown by the handler')
    case 'reject in the background':
      Promise.reject(new Error('rejected in the background'))
      return new Promise(() => setInterval(() => {}, 1000))
    case 'crash':
      process.exit(7)
      break
    case 'hang':
      return new Promise(() => setInterval(() => {}, 1000))
    case 'finish late':
      await new Promise((resolve) => setTimeout(resolve, 4000))
      console.log(`FINISHED with ${Math.floor(context.getRemainingTimeInMillis() / 1000)} s left`)
      break
    case 'allocate':
      globalThis.kept = Buffer.alloc(200 << 20, 1)
      break
    case 'loop':
      console.log('LOOPING')
      for (;;);
    case 'answer 500':
      return { statusCode: 500, body: 'not for the client' }
    case 'answer nothing':
      return undefined
    case 'answer with another key':
      return { statusCode: 200, data: 'x' }
    case 'answer with a body':
      return { statusCode: 200, body: 'not for the client' }
    case 'tell':
      console.log(`CONTEXT ${JSON.stringify({ ...context, remaining: context.getRemainingTimeInMillis() })}`)
      console.warn('a line\nof two')
  }
  return { statusCode: 200 }
}
