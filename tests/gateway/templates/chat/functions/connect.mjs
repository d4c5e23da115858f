export async function handler({ requestContext }) {
  console.log(`came ${requestContext.connectionId} to ${process.env.TABLE_NAME}`)
  return { statusCode: 200 }
}
