export type KlEstimator = 'k1' | 'k2' | 'k3'

/**
 * An estimate of KL(policy ‖ reference) for each sampled token, in nats: k1 = d, k2 = d²/2, k3 = e^(−d) − 1 + d, where
 * d = log-probability under the policy − under the reference.
 * Source: Schulman 2020, "Approximating KL divergence"; docs/algorithms.md, 6.
 */
export function klPerToken(
  policy: Float32Array,
  reference: Float32Array,
  estimator: KlEstimator,
): Float32Array {
  return policy.map((logProb, i) => {
    const d = logProb - reference[i]!
    if (estimator === 'k1') return d
    if (estimator === 'k2') return (d * d) / 2
    return Math.expm1(-d) + d
  })
}
