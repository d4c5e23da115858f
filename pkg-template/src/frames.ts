import { time } from './time.js'

/** How long a batch may wait for an animation frame, in milliseconds: hidden tabs have none. */
const LONGEST_WAIT = 250

const due = new Set<() => void>()
let cancel: (() => void) | null = null

/**
 * Runs `work` with the next animation frame, or soon where there are none, together with all other
 * work for that frame: React renders once for all of it. The same function is run once.
 */
export function onNextFrame(work: () => void): void {
  due.add(work)
  if (cancel) return
  const page = time()
  const frame = page.requestAnimationFrame?.(run)
  const timeout = page.setTimeout(run, page.requestAnimationFrame ? LONGEST_WAIT : 16)
  cancel = () => {
    if (frame !== undefined) page.cancelAnimationFrame?.(frame)
    page.clearTimeout(timeout)
    cancel = null
  }
}

/** Forgets work that is due. */
export function notOnNextFrame(work: () => void): void {
  due.delete(work)
  if (due.size === 0) cancel?.()
}

function run(): void {
  cancel?.()
  const now = [...due]
  due.clear()
  for (const work of now) work()
}
