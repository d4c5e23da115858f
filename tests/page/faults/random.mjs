// Randomness that a seed decides.

/** A generator (mulberry32, by Tommy Ettinger). It runs in pages too, so that it needs nothing from outside. */
export function randomFrom(seed) {
  let state = seed >>> 0
  const share = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    share,
    /** A whole number from `least` to `most`. */
    between: (least, most) => least + Math.floor(share() * (most - least + 1)),
    /** One of a list. */
    of: (list) => list[Math.floor(share() * list.length)],
  }
}
