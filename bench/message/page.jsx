// What the page offers to the benchmark that drives it.
import { connect } from 'gatesocket'
import { contestants, QUESTION } from './contestants.jsx'
import { StubSocket } from './stub-socket.js'

/** How many messages each contestant has taken since it was told to count, and what to do at the last. */
const counts = {}

/** A function for messages, of its own code for each contestant, that looks at one field as users do. */
function counter(name) {
  const count = (counts[name] = { left: 0, sum: 0, done: () => {} })
  return (message) => {
    if (message.number === undefined) return // The answer to the question.
    count.sum += message.number
    if (--count.left === 0) count.done(count.sum)
  }
}

/** Tells the other side of this page's own link that a burst has been taken: one send, whoever was measured. */
let control

/** Opens every contestant's connection and the link that reports. */
async function open(address) {
  control = new WebSocket(`${address}?name=control`)
  await new Promise((resolve) => (control.onopen = resolve))
  for (const name of Object.keys(contestants)) contestants[name](`${address}?name=${name}`, counter(name))
}

function expect(name, messages) {
  Object.assign(counts[name], { left: messages, sum: 0, done: (sum) => control.send(String(sum)) })
}

const stubs = {}

/** Connects every contestant to a WebSocket that this page feeds itself. */
async function openStubs() {
  const Native = WebSocket
  globalThis.WebSocket = StubSocket
  for (const name of Object.keys(contestants)) {
    const opened = new Promise((resolve) => (StubSocket.onopened = resolve))
    contestants[name](`ws://localhost/?name=${name}`, counter(name))
    stubs[name] = await opened
  }
  globalThis.WebSocket = Native
  await new Promise((resolve) => setTimeout(resolve, 100))
}

/** Feeds messages to one contestant; returns the milliseconds that it takes for them all. */
function feed(name, texts, rounds) {
  const socket = stubs[name]
  const events = []
  for (let round = 0; round < rounds; round++) {
    for (const data of texts) events.push(new MessageEvent('message', { data }))
  }
  Object.assign(counts[name], { left: events.length, done: () => {} })
  const begin = performance.now()
  for (const event of events) socket.dispatchEvent(event)
  const time = performance.now() - begin
  if (counts[name].left !== 0) throw new Error(`${name} has not taken ${counts[name].left} messages`)
  return time
}

/** From the call to the connectionId, in milliseconds, and closes again. */
const timeToId = {
  raw(url) {
    return new Promise((resolve, reject) => {
      const begin = performance.now()
      const socket = new WebSocket(url)
      socket.onopen = () => socket.send(QUESTION)
      socket.onerror = () => reject(new Error('the connection failed'))
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data)
        if (message.connectionId) {
          resolve(performance.now() - begin)
          socket.close()
        }
      }
    })
  },
  gatesocket(url) {
    return new Promise((resolve, reject) => {
      const begin = performance.now()
      const socket = connect(url, {
        onError: reject,
        onConnectionId: () => {
          resolve(performance.now() - begin)
          socket.close()
        },
      })
    })
  },
}

Object.assign(globalThis, { connect, open, expect, openStubs, feed, timeToId, loaded: true })
