// Medians of many rounds, and the ratio of each side to the same round's baseline.

/** The median, the quartiles, and the same of the ratio to the baseline's figure of the same round. */
export function compare(times, baseline) {
  return Object.fromEntries(
    Object.entries(times).map(([side, figures]) => [
      side,
      { ...spread(figures), ratio: spread(figures.map((figure, round) => figure / times[baseline][round])) },
    ]),
  )
}

/** The median and the quartiles. */
export function spread(figures) {
  const sorted = [...figures].sort((a, b) => a - b)
  const at = (part) => Math.round(sorted[Math.round((sorted.length - 1) * part)] * 1000) / 1000
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)] }
}
