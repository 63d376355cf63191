/**
 * Cohen's κ = (p_o − p_e) / (1 − p_e) of a confusion matrix, [categories × categories] row by row: cell (i,
 * j) counts what the first called i and the second j. NaN where nothing is counted or chance agreement is
 * complete.
 * Source: J. Cohen (1960), A coefficient of agreement for nominal scales.
 */
export function cohenKappa(confusion: ArrayLike<number>, categories: number): number {
  const rows = new Float64Array(categories)
  const columns = new Float64Array(categories)
  let n = 0
  let alike = 0
  for (let i = 0; i < categories; i++) {
    for (let j = 0; j < categories; j++) {
      const count = confusion[i * categories + j]!
      rows[i]! += count
      columns[j]! += count
      n += count
      if (i === j) alike += count
    }
  }
  let chance = 0
  for (let i = 0; i < categories; i++) chance += rows[i]! * columns[i]!
  return overChance(alike / n, chance / (n * n))
}

/**
 * What one unit adds to the sums of Fleiss' κ: [1, P_i, share of its ratings in each category …], P_i being
 * the share of its pairs of raters that agree; all zeros with fewer than two ratings. `counts` are its
 * ratings in each category.
 */
export function fleissUnit(counts: ArrayLike<number>): Float64Array {
  const unit = new Float64Array(counts.length + 2)
  let n = 0
  let pairs = 0
  for (let j = 0; j < counts.length; j++) {
    n += counts[j]!
    pairs += counts[j]! * (counts[j]! - 1)
  }
  if (n < 2) return unit
  unit[0] = 1
  unit[1] = pairs / (n * (n - 1))
  for (let j = 0; j < counts.length; j++) unit[j + 2] = counts[j]! / n
  return unit
}

/**
 * Fleiss' κ of the sum of its units, each unit weighing the same. Where every unit has the same number of
 * ratings it is Fleiss (1971), Measuring nominal scale agreement among many raters; with differing numbers it
 * is the estimate of K. Gwet (2014), Handbook of inter-rater reliability, §2.4, without his correction for
 * units of one rating, which are left out. NaN where undefined.
 */
export function fleissKappa(sums: ArrayLike<number>): number {
  const units = sums[0]!
  let chance = 0
  for (let j = 2; j < sums.length; j++) chance += (sums[j]! / units) ** 2
  return overChance(sums[1]! / units, chance)
}

function overChance(observed: number, chance: number): number {
  return 1 - chance < 1e-12 ? Number.NaN : (observed - chance) / (1 - chance)
}
