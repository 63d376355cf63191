/**
 * How far to go along x so that the quadratic model of the KL, ½·s²·xᵀFx, is δ: s = √(2δ / xᵀFx), 0 where the curvature is not
 * positive. Source: Schulman et al. 2015 (TRPO), appendix C.
 */
export function naturalStep(delta: number, curvature: number): number {
  return curvature > 0 ? Math.sqrt((2 * delta) / curvature) : 0
}

export interface Tried {
  /** Mean ρ·A at the point. */
  surrogate: number
  /** Mean KL(π_old ‖ π) at the point, in nats a token. */
  kl: number
}

export interface LineSearch {
  /** The share of the step that was taken; 0 where none was good enough. */
  fraction: number
  tried: number
  accepted: Tried | null
}

/**
 * The first of the fractions 1, c, c², … whose surrogate exceeds that at 0 and whose KL is at most δ. `tryAt` measures at a fraction.
 * Source: Schulman et al. 2015 (TRPO), appendix C; c .5 and 10 trials as OpenAI's baselines.
 */
export function lineSearch(
  tryAt: (fraction: number) => Tried,
  { before, delta, shrink, trials }: { before: number; delta: number; shrink: number; trials: number },
): LineSearch {
  for (let trial = 0; trial < trials; trial++) {
    const fraction = shrink ** trial
    const found = tryAt(fraction)
    if (found.kl <= delta && found.surrogate > before) return { fraction, tried: trial + 1, accepted: found }
  }
  return { fraction: 0, tried: trials, accepted: null }
}
