/** Pseudo-random numbers in [0, 1), the same for the same seed on every machine (mulberry32 by T. Ettinger). */
export type Random = () => number

export function seededRandom(...seeds: (number | string)[]): Random {
  let state = hash(seeds.join('\u0000'))
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** 32-bit FNV-1a with a final avalanche, so that seeds 1, 2, 3 … start far apart. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) | 0
}

export function pick<T>(random: Random, items: readonly T[]): T {
  if (items.length === 0) throw new RangeError('pick: there is nothing to pick from')
  return items[Math.floor(random() * items.length)] as T
}

/** One key of `weights`, with probability proportional to its value. */
export function pickWeighted<K extends string>(random: Random, weights: Readonly<Record<K, number>>): K {
  const entries = Object.entries(weights) as [K, number][]
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
  let left = random() * total
  for (const [key, weight] of entries) {
    left -= weight
    if (left < 0) return key
  }
  return (entries.at(-1) as [K, number])[0]
}

/** A standard Gumbel variate: the arg max of scores plus Gumbel noise is a draw from their softmax. */
export function gumbel(random: Random): number {
  return -Math.log(-Math.log(Math.min(Math.max(random(), 1e-12), 1 - 1e-12)))
}
