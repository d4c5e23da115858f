// Does what handlers should not do, in the way that a message asks for.
import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'

const marker = process.env.FAILS_TO_LOAD_WHEN
if (marker && existsSync(marker)) throw new RangeError('thrown by a later load')

const later = (act) => void setTimeout(act, 10)

export async function handler({ requestContext, body }) {
  if (requestContext.eventType === 'DISCONNECT' && process.env.HANG_ON_DISCONNECT) await new Promise(() => setInterval(() => {}, 1000))
  if (requestContext.eventType !== 'MESSAGE') return { statusCode: 200 }
  switch (body) {
    case 'throw a name that is no header':
      throw Object.assign(new Error('odd name'), { name: 'Fehler:\r\n错误' })
    case 'throw null':
      throw null
    case 'throw undefined':
      throw undefined
    case 'throw a number':
      throw 7
    case 'throw an object':
      throw { reason: 'an object' }
    case 'answer with 7 MB':
      return { statusCode: 200, body: 'x'.repeat(7 * 1024 * 1024) }
    case 'answer with a BigInt':
      return { statusCode: 200n }
    case 'throw after the answer':
      later(() => { throw new Error('thrown after the answer') })
      break
    case 'exit after the answer':
      later(() => process.exit(9))
      break
    case 'leave a child and exit': {
      const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
      console.log(`CHILD ${child.pid}`)
      process.exit(3)
      break
    }
    case 'exit so that the next load fails':
      writeFileSync(marker, '')
      process.exit(3)
      break
    case 'warn':
      process.emitWarning('of the process')
      await new Promise(setImmediate)
      break
    case 'read stdin':
      process.stdin.on('data', () => {})
  }
  console.log(`PROCESS ${process.pid} did ${body}`)
  return { statusCode: 200 }
}
