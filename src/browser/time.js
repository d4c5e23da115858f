/**
 * Where the time of sessions comes from: the page itself, or what stands in for it in a test. It is asked for every
 * time, because the fake timers of a test runner are put into the page's place and taken out again at any time.
 */
export const time = () => globalThis[Symbol.for('gatesocket.time')] ?? globalThis

export const performanceNow = () => time().performance.now()
export const dateNow = () => time().Date.now()
