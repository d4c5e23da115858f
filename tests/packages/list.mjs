// Prints which fixtures a run has, as JSON: those that are named, or those of every run, or with `--full` all.
import { parseArgs } from 'node:util'
import { FIXTURES } from './fixtures.mjs'

const { values, positionals } = parseArgs({ options: { full: { type: 'boolean' } }, allowPositionals: true })
const unknown = positionals.filter((name) => !FIXTURES.some((fixture) => fixture.name === name))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(' and no ')} here, but: ${FIXTURES.map(({ name }) => name).join(', ')}`)
  process.exit(1)
}
const isChosen = ({ name, full }) => (positionals.length > 0 ? positionals.includes(name) : values.full || !full)
const chosen = FIXTURES.filter(isChosen).map(({ name, folder = name }) => ({ name, folder }))
console.log(JSON.stringify(chosen))
