// What the page offers to the benchmark that drives it.
import { createRoot } from 'react-dom/client'
import { draw } from './chart.js'
import { subscribing, tables } from './sides.jsx'
import { Tally } from './tally.js'

let root, tally, tasks

const longTasks = new PerformanceObserver((list) => tasks?.push(...list.getEntries().map(({ duration }) => duration)))
longTasks.observe({ entryTypes: ['longtask'] })

/** Mounts one side. So many messages are for each subscriber, or for one row of a table. */
function mount({ url, side, subscribers, messages, row }) {
  const App = (row === undefined ? subscribing : tables)[side]
  tally = new Tally(subscribers, messages, row)
  tasks = []
  root = createRoot(document.body.appendChild(document.createElement('ul')))
  root.render(<App url={url} subscribers={subscribers} tally={tally} />)
}

/** When the last message was seen by those who wait for it, in milliseconds since the epoch. */
const seen = () => tally.over

function figures() {
  return { ...tally.figures(), long_tasks: tasks.length, long_tasks_ms: tasks.reduce((sum, time) => sum + time, 0) }
}

function unmount() {
  root.unmount()
  document.body.replaceChildren()
  root = tally = tasks = undefined
}

Object.assign(globalThis, { mount, seen, giveUp: () => tally.giveUp(), figures, unmount, draw, loaded: true })
