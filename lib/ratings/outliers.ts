/** The middle value, or the mean of the two in the middle; null of none. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Modified z-scores .6745·(x − median) / MAD, MAD being the median distance from the median; all 0 where at
 * least half of the values are one. Beyond ±3.5 a value is an outlier. Source: Iglewicz & Hoaglin (1993), How
 * to detect and handle outliers, §3.3.
 */
export function modifiedZScores(values: readonly number[]): number[] {
  const median = medianOf(values) ?? 0
  const deviation = medianOf(values.map((value) => Math.abs(value - median))) ?? 0
  return values.map((value) => (deviation === 0 ? 0 : (0.6745 * (value - median)) / deviation))
}

/**
 * How many durations are far shorter and far longer than the rest, on the logarithmic scale, where times of
 * one person are about normal. Durations in ms; 0 counts as 1.
 */
export function timeOutliers(milliseconds: readonly number[]): { fast: number; slow: number } {
  const scores = modifiedZScores(milliseconds.map((value) => Math.log(Math.max(1, value))))
  return {
    fast: scores.filter((score) => score < -3.5).length,
    slow: scores.filter((score) => score > 3.5).length,
  }
}
