import assert from 'node:assert/strict'
import test from 'node:test'
import { readdirSync } from 'node:fs'
import { rows, sections } from './rows.mjs'
import { committedLines } from './table.mjs'

test('the page of conformance has every row once, and no other', () => {
  assert.deepEqual([...committedLines().keys()].sort(), rows.map(({ id }) => id).sort())
})

test('every section has its file of tests', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.test.mjs'))
  assert.deepEqual(files.sort(), [...sections.map(({ name }) => `${name}.test.mjs`), 'table.test.mjs'].sort())
})

test('every row says what it is about, from where, and who looks', () => {
  for (const { id, sentence, source, client, check } of rows) {
    assert.match(id, /^[a-z\d-]+$/)
    for (const text of [sentence, source, client]) assert.ok(text?.trim(), id)
    assert.equal(typeof check, 'function', id)
  }
})
