// Waiting in a test until everything that was begun has happened, without any clock.

// Taken before a test can put fake ones into their place.
const { setTimeout, clearTimeout } = globalThis

/** How often promises may lead to one another before it counts as a task. */
const TURNS = 20

/**
 * How often a task may lead to another: the browser's buffer is looked at in a task after a message, and what a promise of
 * `send` leads to is another.
 */
const TASKS = 3

/** Runs `work` after what runs now, by a promise: fake timers replace `queueMicrotask` as well. */
export function later(work: () => void): void {
  void Promise.resolve().then(work)
}

/** Waits until what is on its way has arrived, and what it led to has happened. */
export async function settle(): Promise<void> {
  for (let task = 0; task < TASKS; task++) {
    for (let turn = 0; turn < TURNS; turn++) await undefined
    await nextTask()
  }
}

async function nextTask(): Promise<void> {
  if (typeof MessageChannel === 'function') {
    const { port1, port2 } = new MessageChannel()
    await new Promise((resolve) => {
      port1.onmessage = resolve
      port2.postMessage(0)
    })
    port1.close()
  } else if (!('clock' in setTimeout)) {
    // Jest's jsdom has no such channel. The property is that of @sinonjs/fake-timers, which would never call.
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
}

/** `work`, or a rejection with what `late` says when it takes longer, in milliseconds of the machine. */
export async function within<Result>(timeout: number, work: Promise<Result>, late: () => string): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late())), timeout)
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    clearTimeout(timer)
  }
}

const react = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }

/**
 * Does what a test awaits, and what that leads to. Meanwhile React takes updates as in a page, without a warning that they
 * are not inside `act`: the `waitFor` of Testing Library does the same.
 */
export async function awaited<Result>(work: () => Promise<Result>): Promise<Result> {
  const isWarned = react.IS_REACT_ACT_ENVIRONMENT
  if (isWarned) react.IS_REACT_ACT_ENVIRONMENT = false
  try {
    const result = await work()
    await settle()
    return result
  } finally {
    if (isWarned) react.IS_REACT_ACT_ENVIRONMENT = true
  }
}
