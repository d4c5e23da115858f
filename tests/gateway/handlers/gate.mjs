// Answers a message "wait" only after a message "go" has been seen by another process.
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

export async function handler({ requestContext, body }) {
  const file = process.env.GATE_FILE
  if (body === 'wait') {
    while (!existsSync(file)) await setTimeout(5)
    console.log('GATE passed')
  }
  if (body === 'go') writeFileSync(file, '')
  return { statusCode: requestContext ? 200 : 500 }
}
