import { notOnNextFrame, onNextFrame } from './frames.js'
import { GateSocketError } from './index.js'

/** So many are shown without waiting for a frame: a tab that is hidden for long has a timer once a minute. */
const BATCH = 1000

/** How many wait for a component that has subscribed and does not render, as one that is suspended. */
const MOST_WAITING = 10_000

/**
 * The messages that one component shows: all that came since its last render and, of those before, as
 * many as its limit allows. None goes before it was rendered once, unless no render comes for {@link MOST_WAITING}.
 */
export interface MessageList<T> {
  limit: number
  /** For `useSyncExternalStore`: another array only when there are messages more. */
  shown(): readonly T[]
  subscribe(listener: () => void): () => void
  add(message: T): void
  /** Begins anew. */
  clear(): void
  /** Tells which array a render has had. */
  rendered(messages: readonly T[]): void
}

export function messageList<T>(limit: number): MessageList<T> {
  let shown: readonly T[] = []
  /** How many of `shown` a render has had. */
  let rendered = 0
  let arrived: T[] = []
  let isLossTold = false
  const listeners = new Set<() => void>()

  const set = (next: readonly T[], had: number) => {
    shown = next
    rendered = had
    arrived = []
    for (const listener of [...listeners]) listener()
  }
  const show = () => {
    if (arrived.length === 0) return
    const all = shown.concat(arrived)
    const lost = all.length - rendered - MOST_WAITING
    if (lost > 0 && !isLossTold) console.error(lossOf(MOST_WAITING))
    isLossTold = lost > 0
    const gone = lost > 0 ? rendered + lost : Math.max(0, Math.min(all.length - list.limit, rendered))
    set(all.slice(gone), Math.max(0, rendered - gone))
  }
  const list: MessageList<T> = {
    limit,
    shown: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      // What came while nobody looked, as while StrictMode mounts again.
      if (arrived.length > 0) onNextFrame(show)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) notOnNextFrame(show)
      }
    },
    add(message) {
      if (list.limit === 0) return
      if (arrived.push(message) >= BATCH) show()
      else onNextFrame(show)
    },
    clear() {
      if (shown.length + arrived.length > 0) set([], 0)
    },
    rendered(messages) {
      if (messages === shown) rendered = messages.length
    },
  }
  return list
}

function lossOf(messages: number): GateSocketError {
  return new GateSocketError(
    'buffer-overflow',
    `More than ${messages} messages waited for a component that does not render, as in Suspense; the oldest are lost. ` +
      'Read them above the Suspense, or with useMessage.',
    { messages },
  )
}
