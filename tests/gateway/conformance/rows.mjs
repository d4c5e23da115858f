// Every row of the conformance suite, in the order of the table. `node rows.mjs` prints the list as JSON.
import { pathToFileURL } from 'node:url'

const names = ['limits', 'throttling', 'closing', 'frames', 'connecting', 'authorizers', 'events', 'routes', 'management', 'management-errors', 'permissions', 'runtime']

/** Sections with their rows: `{ title, rows: [{ id, sentence, source, client, check }] }`. */
export const sections = await Promise.all(
  names.map(async (name) => ({ name, ...(await import(`./sections/${name}.mjs`)).default })),
)

export const rows = sections.flatMap(({ title, rows }) => rows.map((row) => ({ section: title, ...row })))

const ids = rows.map(({ id }) => id)
const twice = ids.filter((id, index) => ids.indexOf(id) !== index)
if (twice.length) throw new Error(`rows of the same id: ${twice}`)

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(JSON.stringify(rows.map(({ check, ...row }) => row), null, 2))
}
