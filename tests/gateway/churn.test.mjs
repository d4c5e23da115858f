// Many clients come and go in every way at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { churn } from './churn/churn.mjs'

test('after churn every $connect has had one $disconnect, and no memory, file, process or folder is left over', {
  skip: process.platform !== 'linux' && 'it looks at /proc',
}, async () => {
  const result = await churn({ seconds: 30 })
  assert.deepEqual(result.faults, [], JSON.stringify(result, null, 2))
  assert.ok(result.connected > 100, `only ${result.connected} connections were made`)
})
