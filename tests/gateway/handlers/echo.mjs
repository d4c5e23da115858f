// Writes one short line for each event, so that a flood does not fill the log.
export async function handler({ requestContext, body }) {
  console.log(`${requestContext.eventType} ${body ?? ''}`.slice(0, 80))
  return { statusCode: 200 }
}
