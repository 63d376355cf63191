import { WhetstoneError } from '#trainer/errors.ts'
import { moments } from './whiten.ts'

/** What is subtracted from a return before a policy gradient: it lowers the variance and leaves the mean as it is. */

/**
 * R_i − mean of the other returns of its group: groups are `size` consecutive returns, the samples of one prompt.
 * Unbiased, since the others do not depend on what sample i drew. Source: Kool et al. 2019; Ahmadian et al. 2024, equation 7 (RLOO).
 * Throws INVALID_GROUP when the size is below 2 or does not divide the count.
 */
export function leaveOneOut(returns: ArrayLike<number>, size: number): Float32Array {
  return byGroup(returns, size, (group) => {
    const sum = group.reduce((total, value) => total + value, 0)
    return group.map((value) => value - (sum - value) / (size - 1))
  })
}

/**
 * (R_i − mean of its group) / (sd of its group + 1e-4), the sd with n − 1 as TRL; with `divide` false the mean alone is subtracted.
 * Sources: Shao et al. 2024, section 4.1.2 (GRPO); Liu et al. 2025, section 3.2 (Dr. GRPO, no division).
 * Throws INVALID_GROUP when the size is below 2 or does not divide the count.
 */
export function groupRelative(
  returns: ArrayLike<number>,
  size: number,
  { divide }: { divide: boolean },
): Float32Array {
  return byGroup(returns, size, (group) => {
    const { mean, variance } = moments(group)
    const scale = divide ? 1 / (Math.sqrt((variance * size) / (size - 1)) + 1e-4) : 1
    return group.map((value) => (value - mean) * scale)
  })
}

/**
 * The next moving average of returns: the mean of the first batch, then decay·average + (1 − decay)·mean. The average of the batches
 * before is what a batch is compared with. Source: Williams 1992, section 6 (reinforcement comparison).
 */
export function nextAverage(average: number | null, returns: ArrayLike<number>, decay: number): number {
  const { mean } = moments(returns)
  return average === null ? mean : decay * average + (1 - decay) * mean
}

/** The place of the highest return in each group of `size` consecutive ones; of equal ones the first. Throws INVALID_GROUP. */
export function bestOfEach(returns: ArrayLike<number>, size: number): number[] {
  const groups = groupsOf(returns, size, 1)
  return groups.map((group, g) => g * size + group.indexOf(Math.max(...group)))
}

/** The number of each row for every token of that row, packed (see masks.ts). */
export function perToken(values: ArrayLike<number>, starts: Int32Array): Float32Array {
  const tokens = new Float32Array(starts[starts.length - 1]!)
  for (let row = 0; row + 1 < starts.length; row++) tokens.fill(values[row]!, starts[row]!, starts[row + 1]!)
  return tokens
}

function byGroup(returns: ArrayLike<number>, size: number, compute: (group: number[]) => number[]) {
  return Float32Array.from(groupsOf(returns, size, 2).flatMap(compute))
}

function groupsOf(returns: ArrayLike<number>, size: number, least: number): number[][] {
  if (!Number.isInteger(size) || size < least || returns.length % size !== 0)
    throw new WhetstoneError(
      'INVALID_GROUP',
      `${returns.length} returns cannot be divided into groups of ${size}`,
      `Give groups of at least ${least} that divide the number of returns.`,
    )
  return Array.from({ length: returns.length / size }, (_, g) =>
    Array.from({ length: size }, (_, i) => returns[g * size + i]!),
  )
}
