// Answers $connect with what the query asks for.
export async function handler(event) {
  const query = event.queryStringParameters ?? {}
  if (event.requestContext.eventType !== 'CONNECT') return { statusCode: 200 }
  if (query.throw) throw new Error(query.throw)
  if (query.answer) return JSON.parse(query.answer)
  if (query.protocol) return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': query.protocol } }
  return { statusCode: Number(query.status ?? 200) }
}
