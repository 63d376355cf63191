/** What a run measured at a point of its training. */
export interface Point {
  /** Completions learned from so far. */
  episodes: number
  /** The mean score by the reward model. */
  reward: number
  /** The mean KL of a completion to the reference, in nats. */
  kl: number
}

interface Step {
  step: number
  metrics: Record<string, number>
}

/**
 * The points of a run: its held-out evaluations where it made more than the two at the ends; else means over `window` batches, which
 * are fresh samples of the policy, each measured before it was learned from.
 */
export function pointsOf(
  steps: readonly Step[],
  window: number,
): { source: 'held-out' | 'batches'; points: Point[] } {
  const evaluations = steps.filter(({ metrics }) => 'eval/score' in metrics)
  const batches = steps.filter(({ metrics }) => 'objective/scores' in metrics)
  if (evaluations.length > 2 || batches.length === 0)
    return {
      source: 'held-out',
      points: evaluations.map(({ metrics }) => ({
        episodes: metrics.episode ?? 0,
        reward: metrics['eval/score']!,
        kl: metrics['eval/kl']!,
      })),
    }
  const points: Point[] = []
  for (let from = 0; from + window <= batches.length; from += window) {
    const part = batches.slice(from, from + window)
    const mean = (value: (step: Step) => number) => part.reduce((sum, each) => sum + value(each), 0) / window
    const [first] = batches
    const perStep = first!.metrics.episode! / first!.step
    points.push({
      // A batch is measured before learning from it: half of the window's completions lie behind its middle.
      episodes: mean(({ metrics }) => metrics.episode!) - perStep,
      reward: mean(({ metrics }) => metrics['objective/scores']!),
      kl: mean(({ metrics }) => metrics['objective/kl']!),
    })
  }
  return { source: 'batches', points }
}

/** √KL, 0 where an estimate is negative. */
export const distance = ({ kl }: Point): number => Math.sqrt(Math.max(0, kl))

/**
 * The reward where the run first came to that distance √KL, between the two points on either side of it, linear in the distance; null
 * where it never came so far.
 */
export function rewardAt(points: readonly Point[], at: number): number | null {
  for (const [i, point] of points.entries()) {
    if (distance(point) < at) continue
    const before = points[i - 1]
    if (!before) return distance(point) === at ? point.reward : null
    const share = (at - distance(before)) / (distance(point) - distance(before))
    return before.reward + share * (point.reward - before.reward)
  }
  return null
}

/** The largest distance √KL that every run came to. */
export function commonDistance(runs: readonly (readonly Point[])[]): number {
  return Math.min(...runs.map((points) => Math.max(...points.map(distance))))
}
