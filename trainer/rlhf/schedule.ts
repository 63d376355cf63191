/**
 * The factor on the learning rate at `step` (from 0) of `total`: rising to 1 over the first warmupRatio·total steps, then constant
 * or falling linearly so that it would be 0 at `total`. Source: TRL (transformers' get_linear_schedule_with_warmup); docs/algorithms.md, 14.
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
