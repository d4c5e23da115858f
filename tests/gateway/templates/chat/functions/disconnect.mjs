export async function handler({ requestContext }) {
  console.log(`left ${requestContext.connectionId}`)
  return { statusCode: 200 }
}
