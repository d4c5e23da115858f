// Jest as a React project has it, with nothing about gatesocket: no set-up file, no transform, no mapped names.
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

// The example of the chapter on testing is run as it stands there, without its import of Vitest.
mkdirSync(join(__dirname, 'documented'), { recursive: true })
const chapter = readFileSync(join(__dirname, '../../docs/testing.md'), 'utf8')
for (const [, file, code] of chapter.matchAll(/<!-- file: (\S+) -->\n```tsx\n([\s\S]*?)```/g)) {
  writeFileSync(join(__dirname, 'documented', file), code.replace(/^import .* from 'vitest'.*\n/, ''))
}

module.exports = { testEnvironment: 'jsdom' }
