// Runs every row against both emulators and writes docs/gateway/conformance.md. `--json` prints the results instead
// of progress; `--only TARGET` and `--row TEXT` run a part and write nothing.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { stopChromium } from './clients/chromium.mjs'
import { patience } from './expect.mjs'
import { sections } from './rows.mjs'
import { requireClients, runRow, startSession } from './session.mjs'
import { page, tableFile } from './table.mjs'
import { gatesocket } from './targets/gatesocket.mjs'
import { serverlessOffline } from './targets/serverless-offline.mjs'

const { values: options } = parseArgs({ options: { json: { type: 'boolean' }, only: { type: 'string' }, row: { type: 'string' } } })
const isPart = options.only !== undefined || options.row !== undefined
requireClients()

async function runAll(target) {
  const session = startSession(target)
  const results = new Map()
  try {
    for (const row of sections.flatMap(({ rows }) => rows)) {
      if (options.row && !row.id.includes(options.row)) continue
      const { outcome, reason } = await runRow(row, session)
      results.set(row.id, { outcome, reason })
      // Some rows end the peer's process, which takes it a moment.
      if (outcome === 'fail') await setTimeout(500)
      console.error(`${target.name} ${row.id}: ${outcome}${reason && ` (${reason})`}`)
    }
  } finally {
    await session.stop()
  }
  return { name: target.name, version: await target.version(), results }
}

const runs = []
try {
  for (const [target, ms] of [[gatesocket, 15_000], [serverlessOffline, 6_000]]) {
    if (options.only && target.name !== options.only) continue
    // Many rows of the peer wait for what never comes.
    patience.ms = ms
    runs.push(await runAll(target))
  }
} finally {
  await stopChromium()
}
if (options.json) {
  const rows = sections.flatMap(({ title, rows }) => rows.map(({ check, ...row }) => ({ section: title, ...row })))
  const results = rows.map((row) => ({ ...row, results: Object.fromEntries(runs.map(({ name, results }) => [name, results.get(row.id)])) }))
  console.log(JSON.stringify({ versions: Object.fromEntries(runs.map(({ name, version }) => [name, version])), rows: results }))
}
if (!isPart) {
  mkdirSync(dirname(tableFile), { recursive: true })
  const machine = `Node ${process.versions.node} on ${process.platform} ${process.arch}`
  writeFileSync(tableFile, page(sections, runs, { date: new Date().toISOString().slice(0, 10), machine }))
  console.error(`written: ${tableFile}`)
}
// Our own rows must all hold; the peer's are its own.
const failed = runs.filter(({ name }) => name === 'gatesocket').flatMap(({ results }) => [...results.values()]).filter(({ outcome }) => outcome === 'fail')
process.exitCode = failed.length ? 1 : 0
