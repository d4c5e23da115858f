// A room survives: no message lost, none shown twice, all in one order, whatever breaks on the way.
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { survives } from './survives.mjs'

/** Dies in the middle of about five of a hundred messages. */
const handler = fileURLToPath(new URL('crashing.mjs', import.meta.url))

test('three pages in one room, one of them React’s, show 1,000 messages once and in one order', async (t) => {
  const pages = ['api', 'api', 'react']
  const least = { cut: 8, close: 2, freeze: 2, delay: 4, fail: 4, rotations: 5, losses: 10, histories: 5 }
  await survives(t, { pages, messages: 1000, rounds: 60 }, least)
})

test('and when the processes of the backend die as well', async (t) => {
  const least = { cut: 2, rotations: 1, losses: 3, histories: 2, crashes: 3 }
  // After three failures in a row a room tells the sender that it gave up.
  await survives(t, { mayRefuse: 3, pages: ['api', 'react'], messages: 200, rounds: 25, handler, gateway: ['--env', 'CHAT_CRASHES=0.05'] }, least)
})
