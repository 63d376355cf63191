/** The middle one, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** How many times as fast as `peer` something is, each by its milliseconds for so many rows. */
export function speedup(own: { ms: number; rows: number }, peer: { ms: number; rows: number }): number {
  return peer.ms / peer.rows / (own.ms / own.rows)
}

/** Milliseconds of one decoded token of all rows, from a rollout of `length` tokens and one of a single token, which is mostly prompt. */
export function decodeStepMs(rolloutMs: number, firstTokenMs: number, length: number): number {
  return (rolloutMs - firstTokenMs) / (length - 1)
}
