// A reporter for Node's test runner that writes only what failed, and why, in short: what is read first after a long run.
import { relative } from 'node:path'

/** What of an error's message is shown, in characters. */
const MOST = 4000

export default async function* failures(events) {
  for await (const { type, data } of events) {
    if (type !== 'test:fail') continue
    const { error } = data.details
    // One with failed parts says nothing of its own.
    if (error.failureType === 'subtestsFailed') continue
    const why = error.cause?.message ?? error.cause ?? error.message
    const file = data.file ? `${relative(process.cwd(), data.file)}: ` : ''
    yield `${file}${data.name}\n    ${String(why).slice(0, MOST).replaceAll('\n', '\n    ')}\n`
  }
}
