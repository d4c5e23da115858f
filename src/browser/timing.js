/**
 * Writes an entry of User Timing, with times as `performance.now()` has them: for the Performance panel of a
 * browser's tools, and for whoever observes entries of the type `measure`.
 *
 * A page keeps all entries for as long as it lives, and a session may reconnect for weeks. So the last entry of a
 * name is taken away before the next: observers and a recording of the panel have seen it by then.
 */
export function measured(step, link, start, end, ok) {
  const name = `gatesocket ${step}`
  // Chrome DevTools, "Customize your performance data with the extensibility API".
  const devtools = { track: 'gatesocket', color: ok ? 'primary' : 'error' }
  try {
    performance.clearMeasures?.(name)
    performance.measure?.(name, { start, end, detail: { link, ok, devtools } })
  } catch {
    // A page may have put something of its own in their place; a session works without.
  }
}
