// The storm in Firefox; a file of its own, which runs beside the other one.
import test from 'node:test'
import { survives } from './survives.mjs'

test('three pages of Firefox in one room show 150 messages once and in one order', async (t) => {
  const least = { cut: 2, rotations: 1, losses: 3, histories: 2 }
  await survives(t, { browser: 'firefox', pages: ['api', 'api', 'react'], messages: 150, rounds: 25 }, least)
})
