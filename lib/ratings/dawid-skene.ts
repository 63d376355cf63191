/** One label: who called which item what; whole numbers from 0. */
export interface Label {
  item: number
  annotator: number
  label: number
}

export interface DawidSkene {
  /** P(true class), [classes]. */
  prior: number[]
  /** [annotators][true class][label]: P(label | true class). */
  confusion: number[][][]
  /** [items][classes]: P(true class | labels). */
  posterior: number[][]
  logLikelihood: number
  iterations: number
}

/**
 * The error rates of annotators who label the same items and the classes that the items have, by EM from the shares of the votes.
 * An annotator may label an item several times. `smoothing` is added to each cell of the confusion counts (0: maximum likelihood); a true
 * class that an annotator never met is even over the labels. Stops when no posterior moves by `tolerance`.
 * Source: Dawid & Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm, eqs. 2.3–2.5.
 */
export function dawidSkene(
  labels: readonly Label[],
  { items, annotators, classes }: { items: number; annotators: number; classes: number },
  { smoothing = 0, tolerance = 1e-9, limit = 2000 } = {},
): DawidSkene {
  let posterior = votes(labels, items, classes)
  for (let iterations = 1; ; iterations++) {
    const prior = Array.from(
      { length: classes },
      (_, j) => posterior.reduce((sum, row) => sum + row[j]!, 0) / items,
    )
    const confusion = errorRates(labels, posterior, annotators, classes, smoothing)
    const { next, logLikelihood } = classesOf(labels, prior, confusion, items)
    let change = 0
    for (const [i, row] of next.entries())
      for (const [j, p] of row.entries()) change = Math.max(change, Math.abs(p - posterior[i]![j]!))
    posterior = next
    if (change < tolerance || iterations >= limit)
      return { prior, confusion, posterior, logLikelihood, iterations }
  }
}

function votes(labels: readonly Label[], items: number, classes: number): number[][] {
  const counts = Array.from({ length: items }, () => new Array<number>(classes).fill(0))
  for (const { item, label } of labels) counts[item]![label]!++
  return counts.map((row) => {
    const n = row.reduce((sum, count) => sum + count, 0)
    return row.map((count) => (n === 0 ? 1 / classes : count / n))
  })
}

function errorRates(
  labels: readonly Label[],
  posterior: number[][],
  annotators: number,
  classes: number,
  smoothing: number,
): number[][][] {
  const counts = Array.from({ length: annotators }, () =>
    Array.from({ length: classes }, () => new Array<number>(classes).fill(smoothing)),
  )
  for (const { item, annotator, label } of labels)
    for (let j = 0; j < classes; j++) counts[annotator]![j]![label]! += posterior[item]![j]!
  return counts.map((matrix) =>
    matrix.map((row) => {
      const n = row.reduce((sum, count) => sum + count, 0)
      return row.map((count) => (n === 0 ? 1 / classes : count / n))
    }),
  )
}

function classesOf(labels: readonly Label[], prior: number[], confusion: number[][][], items: number) {
  const logs = Array.from({ length: items }, () => prior.map(Math.log))
  const logConfusion = confusion.map((matrix) => matrix.map((row) => row.map(Math.log)))
  for (const { item, annotator, label } of labels)
    for (let j = 0; j < prior.length; j++) logs[item]![j]! += logConfusion[annotator]![j]![label]!
  let logLikelihood = 0
  const next = logs.map((row) => {
    const most = Math.max(...row)
    const shares = row.map((value) => Math.exp(value - most))
    const sum = shares.reduce((total, share) => total + share, 0)
    logLikelihood += most + Math.log(sum)
    return shares.map((share) => share / sum)
  })
  return { next, logLikelihood }
}
