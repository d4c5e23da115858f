// @vitest-environment node
// Every TypeScript sample of the READMEs and of the chapters for users, and what the types are meant to say, pass the compiler. A comment
// `<!-- given: … -->` before a sample holds what it takes for granted, `<!-- file: … -->` its name.
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const folder = here('samples')
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What the compiler says of a folder with a tsconfig.json. */
const check = (folder: string) =>
  new Promise<string>((resolve) =>
    execFile(here('node_modules/.bin/tsc'), ['-p', folder], (_, stdout) => resolve(stdout)),
  )

test('the types say what they are meant to say', { timeout: 60_000 }, async () => {
  expect(await check(here('.'))).toBe('')
})

const TEXTS = {
  readme: '../../README.md',
  package: '../../pkg-template/README.md',
  'chapter on React': '../../docs/react.md',
  'chapter on the session': '../../docs/session.md',
  'chapter on frameworks': '../../docs/frameworks.md',
  'chapter on react-use-websocket': '../../docs/compat.md',
  'chapter on the package': '../../docs/package.md',
  'chapter on testing': '../../docs/testing.md',
  'chat backend': '../../lambda/chat/README.md',
}

for (const [name, file] of Object.entries(TEXTS)) {
  test(`every sample of the ${name} passes the compiler, and a wrong one would not`, { timeout: 60_000 }, async () => {
    const own = `${folder}/${name.replaceAll(' ', '-')}`
    await mkdir(own, { recursive: true })
    await writeFile(`${own}/tsconfig.json`, '{ "extends": "../../tsconfig.json", "include": ["."] }')
    const text = await readFile(here(file), 'utf8')
    expect(text).not.toMatch(/^```(js|jsx|typescript|javascript)$/m)
    let samples = 0
    const blocks = /(?:<!-- (?:given: (.*?)|file: (\S+)) -->\n)?```(tsx?)\n([\s\S]*?)```/g
    for (const [, given = '', file, type, code] of text.matchAll(blocks)) {
      samples++
      await writeFile(`${own}/${file ?? `sample-${samples}.${type}`}`, `${given}\n${code}\nexport {}\n`)
    }
    expect(samples).toBe(text.match(/^```tsx?$/gm)!.length)
    expect(await check(own)).toBe('')
    await writeFile(`${own}/wrong.ts`, "import { connect } from 'gatesocket'\nconnect('ws://x/', { conectTimeout: 1 })\n")
    expect(await check(own)).toMatch(/wrong\.ts.*conectTimeout/)
  })
}

test("the authorizer of the gateway's chapter passes the compiler and does what the chapter says", { timeout: 60_000 }, async () => {
  const text = await readFile(here('../../docs/gateway/connections.md'), 'utf8')
  const [[, code], ...more] = [...text.matchAll(/^```(?:js|jsx|tsx?)\n([\s\S]*?)```/gm)] as [string[], ...string[][]]
  expect(more).toEqual([])
  const own = `${folder}/chapter-on-connections`
  await mkdir(own, { recursive: true })
  const options = { allowJs: true, checkJs: true, strict: false, exactOptionalPropertyTypes: false }
  await writeFile(`${own}/tsconfig.json`, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions: options, include: ['.'] }))
  await writeFile(`${own}/authorizer.mjs`, code!)
  expect(await check(own)).toBe('')
  const { handler } = await import(/* @vite-ignore */ `${own}/authorizer.mjs`)
  const asked = (token: string) => handler({ methodArn: 'arn:x', queryStringParameters: { token } })
  expect(await asked('secret')).toMatchObject({ policyDocument: { Statement: [{ Effect: 'Allow', Resource: 'arn:x' }] } })
  await expect(asked('x')).rejects.toThrow('Unauthorized')
})
