/** Held-out accuracy after so many labels. */
export interface Point {
  labels: number
  accuracy: number
}

/**
 * The non-decreasing curve that is nearest to this one by least squares: what more labels teach is not forgotten, so a fall is noise.
 * Points in the order of labels. Source: Ayer et al. 1955, pool adjacent violators.
 */
export function rising(curve: readonly Point[]): Point[] {
  const blocks: { sum: number; size: number }[] = []
  for (const { accuracy } of curve) {
    let block = { sum: accuracy, size: 1 }
    for (
      let last = blocks.at(-1);
      last && last.sum / last.size >= block.sum / block.size;
      last = blocks.at(-1)
    ) {
      blocks.pop()
      block = { sum: block.sum + last.sum, size: block.size + last.size }
    }
    blocks.push(block)
  }
  const values = blocks.flatMap(({ sum, size }) => new Array<number>(size).fill(sum / size))
  return curve.map(({ labels }, i) => ({ labels, accuracy: values[i]! }))
}

/**
 * How many labels a curve takes to come to an accuracy, between its points linearly in the logarithm of the labels; its first number
 * where that is already enough, null where it never comes there.
 */
export function labelsNeeded(curve: readonly Point[], accuracy: number): number | null {
  const at = curve.findIndex((point) => point.accuracy >= accuracy - 1e-12)
  if (at < 0) return null
  const after = curve[at]!
  const before = curve[at - 1]
  if (!before) return after.labels
  const share = (accuracy - before.accuracy) / (after.accuracy - before.accuracy)
  return before.labels * (after.labels / before.labels) ** Math.min(1, share)
}

/** The accuracy at so many labels, between the points linearly in the logarithm of the labels. */
export function accuracyAt(curve: readonly Point[], labels: number): number {
  const at = curve.findIndex((point) => point.labels >= labels)
  if (at < 0) throw new RangeError(`accuracyAt: the curve ends before ${labels} labels`)
  const after = curve[at]!
  const before = curve[at - 1] ?? after
  if (before.labels === after.labels) return after.accuracy
  const share = Math.log(labels / before.labels) / Math.log(after.labels / before.labels)
  return before.accuracy + share * (after.accuracy - before.accuracy)
}

/** The mean of curves over the same numbers of labels, point by point. */
export function meanCurve(curves: readonly (readonly Point[])[]): Point[] {
  return curves[0]!.map(({ labels }, i) => ({
    labels,
    accuracy: mean(curves.map((curve) => curve[i]!.accuracy)),
  }))
}

export interface Ratio {
  /** Labels needed, divided by what random choice needs, for each seed; where the accuracy was never reached, of all labels given. */
  ratios: number[]
  /** How many seeds never reached it: their ratios, and with them the mean, are too low. */
  unreached: number
  mean: number
  /** 95 %, by Student's t over the seeds; null for one seed. */
  low: number | null
  high: number | null
}

/**
 * What share of random's labels a strategy takes to come to the accuracy that random has after `labels` of them, seed by seed, on rising
 * curves; `strategy` and `random` hold one curve a seed, in the same order.
 */
export function ratioToRandom(
  strategy: readonly (readonly Point[])[],
  random: readonly (readonly Point[])[],
  labels: number,
): Ratio {
  let unreached = 0
  const ratios = strategy.map((curve, seed) => {
    const own = rising(random[seed]!)
    const target = accuracyAt(own, labels)
    const needed = labelsNeeded(rising(curve), target)
    if (needed === null) unreached++
    return (needed ?? curve.at(-1)!.labels) / labelsNeeded(own, target)!
  })
  return { ratios, unreached, ...interval(ratios) }
}

/**
 * The accuracy of a strategy after `labels` labels less that of random choice after `randomLabels`: mean over the seeds and 95 % interval.
 * `strategy` and `random` hold one curve a seed, in the same order.
 */
export function lead(
  strategy: readonly (readonly Point[])[],
  labels: number,
  random: readonly (readonly Point[])[],
  randomLabels: number,
): ReturnType<typeof interval> {
  return interval(
    strategy.map((curve, seed) => accuracyAt(curve, labels) - accuracyAt(random[seed]!, randomLabels)),
  )
}

/** Mean and 95 % interval by Student's t. */
export function interval(values: readonly number[]): {
  mean: number
  low: number | null
  high: number | null
} {
  const centre = mean(values)
  const freedom = values.length - 1
  if (freedom === 0) return { mean: centre, low: null, high: null }
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / freedom
  const reach = quantile(freedom) * Math.sqrt(variance / values.length)
  return { mean: centre, low: centre - reach, high: centre + reach }
}

/** Student's t at 97.5 %, of 1 … 9 degrees of freedom. */
function quantile(freedom: number): number {
  const value = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622][freedom - 1]
  if (value === undefined) throw new RangeError(`interval: ${freedom + 1} seeds, 2 … 10 are possible`)
  return value
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
