// What the handler has seen: every $connect that it accepted wants one $disconnect.
import { readFileSync } from 'node:fs'

/** What is wrong with a ledger; all lists are empty where nothing is. */
export function audit(file) {
  const counts = { connect: new Map(), disconnect: new Map(), refused: new Map() }
  for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const [mark, id] = line.split(' ')
    counts[mark].set(id, (counts[mark].get(id) ?? 0) + 1)
  }
  const { connect, disconnect, refused } = counts
  const twice = (ids) => [...ids].filter(([, count]) => count > 1).map(([id]) => id)
  return {
    connected: connect.size,
    disconnected: disconnect.size,
    refused: refused.size,
    wrong: {
      neverDisconnected: [...connect.keys()].filter((id) => !disconnect.has(id)),
      neverConnected: [...disconnect.keys()].filter((id) => !connect.has(id)),
      connectedTwice: twice(connect),
      disconnectedTwice: twice(disconnect),
    },
  }
}
