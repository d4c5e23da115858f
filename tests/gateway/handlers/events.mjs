// Writes every event to the log, and answers 200.
export async function handler(event) {
  console.log(`EVENT ${JSON.stringify(event)}`)
  return { statusCode: 200 }
}
