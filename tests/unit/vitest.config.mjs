// The facade and the hooks in jsdom, with the built package and a real WebSocket server; the hooks' tests run
// with React 18 too.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const gatesocket = [
  { find: 'gatesocket/compat/react-use-websocket', replacement: here('../../pkg/esm/compat/react-use-websocket.js') },
  { find: /^gatesocket\/react$/, replacement: here('../../pkg/esm/react.js') },
  { find: /^gatesocket\/testing$/, replacement: here('../../pkg/esm/testing.js') },
  { find: /^gatesocket$/, replacement: here('../../pkg/esm/index.js') },
]

// The example of the chapter on testing is run as it stands there.
mkdirSync(here('documented'), { recursive: true })
const chapter = readFileSync(here('../../docs/testing.md'), 'utf8')
for (const [, file, code] of chapter.matchAll(/<!-- file: (\S+) -->\n```tsx\n([\s\S]*?)```/g)) {
  writeFileSync(here(`documented/${file}`), code)
}

const NAMES = [
  'react',
  'react/jsx-runtime',
  'react/jsx-dev-runtime',
  'react-dom',
  'react-dom/client',
  'react-dom/server',
  '@testing-library/react',
  'react-use-websocket',
]

/** One React for the hooks, the tests and Testing Library: the one that a folder has installed. */
function react(folder) {
  const { resolve } = createRequire(here(folder))
  return NAMES.map((name) => ({ find: new RegExp(`^${name}$`), replacement: resolve(name) }))
}

function project(name, folder, include) {
  return {
    resolve: { alias: [...gatesocket, ...react(folder)] },
    oxc: { jsx: { runtime: 'automatic' } },
    server: { fs: { strict: false } },
    test: {
      name,
      include,
      environment: 'jsdom',
      setupFiles: here('patience.ts'),
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  }
}

export default defineConfig({
  test: {
    // They wait more than they work.
    maxWorkers: 4,
    projects: [
      project('React 19', './package.json', ['*.test.{ts,tsx}', 'documented/*.test.tsx']),
      project('React 18', './react18/package.json', ['{hooks,compat,testing}*.test.tsx', 'documented/*.test.tsx']),
    ],
  },
})
