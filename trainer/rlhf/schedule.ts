/**
 * The factor on the learning rate at `step` (from 0) of `total`: (step + 1)/(w + 1) over the first w = ⌈warmupRatio·total⌉ steps, so
 * that none is at 0, then constant at 1 or falling linearly from 1 so that it would be 0 at `total`.
 * Source: TRL (transformers' get_linear_schedule_with_warmup, which begins at 0); docs/algorithms.md, 14.
 */
export function learningRateFactor(
  step: number,
  total: number,
  { schedule, warmupRatio }: { schedule: 'linear' | 'constant'; warmupRatio: number },
): number {
  const warmup = Math.ceil(warmupRatio * total)
  if (step < warmup) return (step + 1) / (warmup + 1)
  if (schedule === 'constant') return 1
  return (total - step) / Math.max(1, total - warmup)
}
