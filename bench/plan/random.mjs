/** Chance for made-up clusters and VMs: deterministic, so that runs compare. */

/** Numbers by mulberry32. */
export function random(seed) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n) => Math.floor(next() * n)
  return { next, below, of: (list) => list[below(list.length)], chance: (p) => next() < p }
}

export const hex = (n, digits) => n.toString(16).padStart(digits, '0')
