// What one message costs in rooms of 10, 1,000 and 100,000 members: the handlers are measured for the first two, between
// stand-ins, the rest is the model's. Prints a table.
//
//   cargo xtask bench scale [--json] [--write]
//
// --json also prints one JSON object on the last line; --write puts the tables into docs/chat-scale.md.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measure } from './measure.mjs'
import { LIMITS, counts, dollars, largestDirect, postsPerSecond, simulate } from './model.mjs'
import { PRICES } from './prices.mjs'

const CHAPTER = fileURLToPath(new URL('../../docs/chat-scale.md', import.meta.url))
/** Parts of a room's members: the template's default, and more for the largest room. */
const ROWS = [
  { members: 10, mode: 'direct' },
  { members: 1_000, mode: 'direct' },
  { members: 1_000, mode: 'queue', shards: 16 },
  { members: 100_000, mode: 'direct' },
  { members: 100_000, mode: 'queue', shards: 16 },
  { members: 100_000, mode: 'queue', shards: 128 },
]

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } } })

const measured = []
for (const mode of ['direct', 'queue']) {
  for (const members of [10, 1_000]) measured.push({ members, mode, ...(await measure({ members, mode })) })
}
// Other processes only add to it.
const cpu = Math.min(...measured.filter(({ members }) => members === 1_000).map((row) => row.cpu))

const rows = ROWS.map((row) => {
  const { half, last } = simulate({ ...row, cpu })
  const inTime = row.mode === 'queue' || last < (LIMITS.seconds - 1) * 1_000
  return { ...row, ...counts(row), half, last, inTime, perSecond: LIMITS.posts / (row.members + 1), dollars: dollars({ ...row, cpu }) }
})

const number = (value, digits = 0) => value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const money = (value) => (value >= 100 ? `$${number(value)}` : `$${value.toPrecision(2)}`)
const time = (ms) => (ms < 1_000 ? `${ms} ms` : `${number(ms / 1_000, 1)} s`)
const rate = (value) => (value >= 1 ? number(value) : `one in ${number(1 / value)} s`)
const modeOf = ({ mode, shards }) => (mode === 'direct' ? mode : `queue, ${shards} parts`)

const table = (head, lines) => [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const costs = table(
  ['members', 'fan-out', 'invocations', 'management calls', 'read units', 'write units', 'SQS requests', 'a million messages', 'of that API Gateway', 'transfer', 'Lambda', 'DynamoDB', 'SQS'],
  rows.map((row) => {
    const { sum, gateway, transfer, lambda, dynamodb, sqs } = row.dollars
    const cells = [row.invocations, row.posts, row.readUnits, row.writeUnits, row.queueRequests].map((count) => number(count))
    return [number(row.members), modeOf(row) + (row.inTime ? '' : ' (never completes)'), ...cells, ...[sum, gateway, transfer, lambda, dynamodb, sqs].map((part) => money(part * 1e6))]
  }),
)
const times = table(
  ['members', 'fan-out', 'half have it after', 'all have it after', 'messages a second that the quota allows'],
  rows.map((row) => [
    number(row.members),
    modeOf(row),
    row.inTime ? time(row.half) : '—',
    row.inTime ? time(row.last) : `not in ${LIMITS.seconds} s: ${number(largestDirect(cpu) / row.members * 100)} % of them`,
    rate(row.perSecond),
  ]),
)
const prices = table(['what', 'dollars'], Object.entries(PRICES).map(([name, price]) => [name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), String(price)]))
const counted = table(
  ['members', 'fan-out', 'invocations', 'management calls', 'read units', 'write units', 'processor time per post'],
  measured.map(({ members, mode, invocations, posts, readUnits, writeUnits, cpu: own }) => [
    number(members), mode === 'queue' ? 'queue, 16 parts' : mode, ...[invocations, posts, readUnits, writeUnits].map((count) => number(count)), `${own.toFixed(2)} ms`,
  ]),
)
const speed = `${cpu.toFixed(2)} ms of processor time per post, so ${number(postsPerSecond(cpu))} posts a second of a function with 1,024 MB, and at most ${number(largestDirect(cpu))} members in its time.`

const parts = { costs, times, counted, speed, prices }
for (const [name, text] of Object.entries(parts)) console.log(`${name}\n\n${text}\n`)
if (values.write) {
  let chapter = await readFile(CHAPTER, 'utf8')
  for (const [name, text] of Object.entries(parts)) {
    const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- end -->)`)
    if (!marked.test(chapter)) throw new Error(`the chapter has no place for ${name}`)
    chapter = chapter.replace(marked, (_, before, after) => `${before}${text}\n${after}`)
  }
  await writeFile(CHAPTER, chapter)
}
if (values.json) console.log(JSON.stringify({ measured, rows, postsPerSecond: postsPerSecond(cpu), largestDirect: largestDirect(cpu) }))
