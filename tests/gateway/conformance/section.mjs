// A section's rows as tests against our gateway, one test for each row.
import { after, describe, test } from 'node:test'
import assert from 'node:assert/strict'
import { stopChromium } from './clients/chromium.mjs'
import { sections } from './rows.mjs'
import { requireClients, runRow, startSession } from './session.mjs'
import { committedLines, lineStart } from './table.mjs'
import { gatesocket } from './targets/gatesocket.mjs'

/** Defines the tests of the section of this name. */
export function testSection(wanted) {
  requireClients()
  const { title, rows } = sections.find(({ name }) => name === wanted)
  const session = startSession(gatesocket)
  const results = new Map()
  after(async () => {
    await session.stop()
    await stopChromium()
  })

  // Rows mostly wait, and have connections of their own.
  describe(title, { concurrency: 4 }, () => {
    for (const row of rows) {
      test(`${row.id}: ${row.sentence}`, async (t) => {
        const result = await runRow(row, session)
        results.set(row.id, result)
        if (result.outcome === 'fail') throw result.error
        if (result.outcome === 'not applicable') t.skip(result.reason)
      })
    }
  })

  test(`docs/gateway/conformance.md says of “${title}” what this run saw`, () => {
    const lines = committedLines()
    for (const row of rows) {
      const line = lines.get(row.id)
      const expected = lineStart(row, results.get(row.id))
      assert.ok(line?.startsWith(expected), `run \`cargo xtask conformance\`, which writes the page anew.\nThe run saw: ${expected}\nThe page says: ${line ?? 'nothing'}`)
    }
  })
}
