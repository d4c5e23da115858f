// The table in docs/frameworks.md: a run writes the rows of what it ran, each with its date, because the others stay as
// they were.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { FIXTURES } from './fixtures.mjs'

const PAGE = fileURLToPath(new URL('../../docs/frameworks.md', import.meta.url))

const inSeconds = (figure) => (figure === undefined ? '–' : `${figure.toFixed(1)} s`)

/** Writes the row of a fixture, where the run is to write the table and the whole fixture held. */
export async function keep({ title, note }, versions, { development, build, production }) {
  if (!process.env.GATESOCKET_TABLE) return
  const date = new Date().toISOString().slice(0, 10)
  const cells = [title, versions.join(', ') + (note ? ` (${note})` : ''), ...[development, build, production].map(inSeconds), date]
  const row = `| ${cells.join(' | ')} |`
  const [before, table, after] = split(await readFile(PAGE, 'utf8'))
  const rows = new Map(table.map((line) => [line.split(' | ')[0].slice(2), line]))
  rows.set(title, row)
  const order = FIXTURES.map(({ title }) => title).filter((title) => rows.has(title))
  await writeFile(PAGE, [...before, ...order.map((title) => rows.get(title)), ...after].join('\n'))
}

/** The lines up to the table's head and its rule, those of its rows, and what follows. */
function split(text) {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.startsWith('| made with |')) + 2
  const length = lines.slice(first).findIndex((line) => !line.startsWith('|'))
  return [lines.slice(0, first), lines.slice(first, first + length), lines.slice(first + length)]
}
