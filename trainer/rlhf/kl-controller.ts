/**
 * The next KL coefficient: β·(1 + clip(KL/target − 1, ± .2)·n/horizon). `kl` is the sum over a sequence, mean over the batch, in
 * nats; `samples` is how many sequences the batch had.
 * Source: Ziegler et al. 2019, section 2.2; docs/algorithms.md, 7.
 */
export function nextKlCoefficient(
  beta: number,
  { kl, samples, target, horizon }: { kl: number; samples: number; target: number; horizon: number },
): number {
  const error = Math.max(-0.2, Math.min(0.2, kl / target - 1))
  return beta * (1 + (error * samples) / horizon)
}
