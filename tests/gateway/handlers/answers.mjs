// Answers each message with what it carries.
export async function handler({ requestContext, body }) {
  if (requestContext.eventType !== 'MESSAGE') return { statusCode: 200, body: 'of no message' }
  const { answer, wait } = JSON.parse(body)
  if (wait) await new Promise((resolve) => setTimeout(resolve, wait))
  console.log(`ANSWERS ${body}`)
  return typeof answer === 'number' ? { statusCode: 200, body: 'x'.repeat(answer) } : answer
}
