/**
 * `count` candidates (all, if there are fewer) drawn one after the other, each with a probability in proportion to its value among those
 * left; those of value 0 come last. What is worth most is taken most often, yet the batch keeps to the pool's own mixture, and candidates
 * that say the same are not all taken. `random` gives numbers in [0, 1), one for each candidate in order.
 *
 * The draw is the order of ln value + Gumbel noise. Throws RangeError for values that are negative or not finite.
 * Sources: Kirsch et al. 2023, Stochastic batch acquisition (there PowerBALD, power 1); Kool et al. 2019, Gumbel-top-k.
 */
export function drawBatch(values: ArrayLike<number>, count: number, random: () => number): number[] {
  const keys = Float64Array.from(values, (value, i) => {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new RangeError(`drawBatch: the value of candidate ${i} is ${value}`)
    const uniform = Math.min(Math.max(random(), 1e-15), 1 - 1e-15)
    return Math.log(value) - Math.log(-Math.log(uniform))
  })
  const order = Array.from(keys, (_, i) => i)
  order.sort((a, b) => (keys[a] === keys[b] ? a - b : keys[b]! - keys[a]!))
  return order.slice(0, count)
}
