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

/**
 * The next coefficient of the KL penalty of PPO: doubled where KL(π_old ‖ π) of a token, in nats, exceeds 1.5·target, halved below
 * target/1.5. Source: Schulman et al. 2017, section 4; docs/algorithms.md, 10.
 */
export function nextPenaltyCoefficient(beta: number, { kl, target }: { kl: number; target: number }): number {
  if (kl > 1.5 * target) return 2 * beta
  if (kl < target / 1.5) return beta / 2
  return beta
}
