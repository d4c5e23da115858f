// The table of docs/react.md that says which test showed what in which browser: such tests are there.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const TESTS = dirname(dirname(fileURLToPath(import.meta.url)))
const text = (path: string) => readFileSync(join(TESTS, path), 'utf8')
const FOLDERS: { [file: string]: string } = { 'readme.test.mjs': 'packages' }

/** Rows of the table: behaviour, tests, and a cell for each browser. */
const [head, , ...rows] = text('../docs/react.md')
  .split('## What was shown in which browser')[1]!
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))

test('the table has a column for each browser of the tests', () => {
  const engines = /ENGINES = \[(.*)\]/.exec(text('page/browsers.mjs'))![1]!.replaceAll("'", '').split(', ')
  expect(head!.slice(2).map((name) => name.toLowerCase())).toEqual(engines)
  expect(rows.length).toBeGreaterThan(10)
})

for (const [behaviour, tests] of rows) {
  test(`${behaviour}: the tests that the table names run in each browser`, () => {
    for (const part of tests!.split('; ')) {
      const files = [...part.matchAll(/`([\w-]+\.test\.mjs)`/g)].map(([, file]) => file!)
      const words = part.replace(/^.*?`: /, '').split('…').map((words) => words.trim()).filter(Boolean)
      expect(files.length).toBeGreaterThan(0)
      expect(words.length).toBeGreaterThan(0)
      for (const file of files) {
        const source = text(`${FOLDERS[file] ?? 'page'}/${file}`)
        expect(source).toMatch(/inEachBrowser\(|of ENGINES/)
        const titles = [...source.matchAll(/test\(\s*(['`])(.*?)\1,/gs)].map(([, , title]) => title!)
        const isNamed = titles.some((title) => words.every((words) => title.includes(words)))
        expect(isNamed, `${file} has no test named ${words.join(' … ')}`).toBe(true)
      }
    }
  })
}
