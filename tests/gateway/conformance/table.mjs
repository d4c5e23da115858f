// The table in docs/gateway/conformance.md: written from a run, and read to see whether it still holds.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const tableFile = fileURLToPath(new URL('../../../docs/gateway/conformance.md', import.meta.url))

const escape = (text) => text.replaceAll('|', '\\|')

/** What a cell says of a row's result. */
export function cell({ outcome, reason }) {
  if (outcome === 'pass') return 'pass'
  return outcome === 'fail' ? `**no**: ${escape(reason)}` : `n/a: ${escape(reason)}`
}

/** A row up to and including the result of our gateway, which a test compares. */
export function lineStart(row, result) {
  return `| ${row.id} | ${escape(row.sentence)} | ${escape(row.source)} | ${escape(row.client)} | ${cell(result)} |`
}

/** The lines of the committed table, by row id. */
export function committedLines() {
  const [, ...tables] = readFileSync(tableFile, 'utf8').split('\n## ')
  const lines = tables.flatMap((table) => table.split('\n')).filter((line) => /^\| (?!row )[a-z\d-]+ \|/.test(line))
  return new Map(lines.map((line) => [/^\| ([a-z\d-]+) /.exec(line)[1], line]))
}

const count = (results, outcome) => results.filter((result) => result.outcome === outcome).length

function tally(results) {
  const words = { pass: 'pass', fail: 'do not', 'not applicable': 'do not apply' }
  return Object.entries(words).map(([outcome, word]) => `${count(results, outcome)} ${word}`).join(', ')
}

/** The whole page. `runs` are `{ name, version, results }` with results by row id, our gateway's first. */
export function page(sections, runs, { date, machine }) {
  const parts = sections.map(({ title, rows }) => {
    const lines = rows.map((row) => {
      const [ours, ...others] = runs.map(({ results }) => results.get(row.id))
      return [lineStart(row, ours), ...others.map((result) => ` ${cell(result)} |`)].join('')
    })
    const columns = ['row', 'behaviour', 'source', 'client', ...runs.map(({ name }) => name)]
    return [`## ${title}`, '', `| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...lines, ''].join('\n')
  })
  return `# Conformance

What API Gateway does, row by row, and whether a local emulator does the same. This page is written by
\`cargo xtask conformance\`, which runs every row against both emulators with clients that are not ours: the AWS SDK for
JavaScript, boto3, Python's \`websockets\`, Node's \`ws\`, Chromium's WebSocket, \`awslambdaric\`. The rows are
code in \`tests/gateway/conformance/\`; \`cargo xtask test gateway\` runs them against gatesocket and fails where this
page says something else than the run saw.

A source is the title of a page of the AWS documentation, an RFC, "recorded" (traffic recorded from the service) or
"users' reports". "n/a" marks what a row cannot mean for an emulator. Limits of minutes are shortened by each emulator's own
settings; the defaults have rows of their own. What serverless-offline offers beyond WebSocket APIs is not looked at.

| emulator | version | ${sections.flatMap(({ rows }) => rows).length} rows |
|---|---|---|
${runs.map(({ name, version, results }) => `| ${name} | ${version} | ${tally([...results.values()])} |`).join('\n')}

Run on ${date}, ${machine}.

${parts.join('\n')}`
}
