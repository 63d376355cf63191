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
 * The error rates of annotators who label the same items and the classes that the items have, by EM from the
 * shares of the votes. An annotator may label an item several times. `smoothing` is added to each cell of the
 * confusion counts (0: maximum likelihood); a true class that an annotator never met is even over the labels.
 * Stops when no posterior moves by `tolerance`. `times`: how many items each item stands for, [items].
 * Source: Dawid & Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm,
 * eqs. 2.3–2.5.
 */
export function dawidSkene(
  labels: readonly Label[],
  { items, annotators, classes }: { items: number; annotators: number; classes: number },
  {
    smoothing = 0,
    tolerance = 1e-9,
    limit = 2000,
    times = new Float64Array(items).fill(1),
  }: { smoothing?: number; tolerance?: number; limit?: number; times?: Float64Array } = {},
): DawidSkene {
  const size = { items, annotators, classes }
  let posterior = votes(labels, size)
  for (let iterations = 1; ; iterations++) {
    const prior = priorOf(posterior, size, times)
    const confusion = errorRates(labels, posterior, size, smoothing, times)
    const { next, logLikelihood } = classesOf(labels, prior, confusion, size, times)
    let change = 0
    for (let i = 0; i < next.length; i++) change = Math.max(change, Math.abs(next[i]! - posterior[i]!))
    posterior = next
    if (change < tolerance || iterations >= limit)
      return {
        prior: [...prior],
        confusion: rowsOf(rowsOf([...confusion], classes), classes),
        posterior: rowsOf([...posterior], classes),
        logLikelihood,
        iterations,
      }
  }
}

interface Size {
  items: number
  annotators: number
  classes: number
}

function rowsOf<T>(values: readonly T[], width: number): T[][] {
  return Array.from({ length: values.length / width }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  )
}

/** Divides each row of `width` by its sum; a row of zeros becomes even. */
function normalise(values: Float64Array, width: number): Float64Array {
  for (let from = 0; from < values.length; from += width) {
    let sum = 0
    for (let j = 0; j < width; j++) sum += values[from + j]!
    for (let j = 0; j < width; j++) values[from + j] = sum === 0 ? 1 / width : values[from + j]! / sum
  }
  return values
}

/** [items, classes] */
function votes(labels: readonly Label[], { items, classes }: Size): Float64Array {
  const counts = new Float64Array(items * classes)
  for (const { item, label } of labels) counts[item * classes + label]! += 1
  return normalise(counts, classes)
}

function priorOf(posterior: Float64Array, { classes }: Size, times: Float64Array): Float64Array {
  const prior = new Float64Array(classes)
  for (let i = 0; i < posterior.length; i++)
    prior[i % classes]! += times[Math.floor(i / classes)]! * posterior[i]!
  return normalise(prior, classes)
}

/** [annotators, true class, label] */
function errorRates(
  labels: readonly Label[],
  posterior: Float64Array,
  { annotators, classes }: Size,
  smoothing: number,
  times: Float64Array,
): Float64Array {
  const counts = new Float64Array(annotators * classes * classes).fill(smoothing)
  for (const { item, annotator, label } of labels)
    for (let j = 0; j < classes; j++)
      counts[(annotator * classes + j) * classes + label]! += times[item]! * posterior[item * classes + j]!
  return normalise(counts, classes)
}

function classesOf(
  labels: readonly Label[],
  prior: Float64Array,
  confusion: Float64Array,
  { items, classes }: Size,
  times: Float64Array,
): { next: Float64Array; logLikelihood: number } {
  const logPrior = prior.map(Math.log)
  const logConfusion = confusion.map(Math.log)
  const next = new Float64Array(items * classes)
  for (let item = 0; item < items; item++) next.set(logPrior, item * classes)
  for (const { item, annotator, label } of labels)
    for (let j = 0; j < classes; j++)
      next[item * classes + j]! += logConfusion[(annotator * classes + j) * classes + label]!
  let logLikelihood = 0
  for (let from = 0; from < next.length; from += classes) {
    let most = Number.NEGATIVE_INFINITY
    for (let j = 0; j < classes; j++) most = Math.max(most, next[from + j]!)
    let sum = 0
    for (let j = 0; j < classes; j++) {
      next[from + j] = Math.exp(next[from + j]! - most)
      sum += next[from + j]!
    }
    for (let j = 0; j < classes; j++) next[from + j]! /= sum
    logLikelihood += times[from / classes]! * (most + Math.log(sum))
  }
  return { next, logLikelihood }
}
