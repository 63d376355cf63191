import { quantile } from './bootstrap.ts'
import { normalCdf, normalQuantile, student95, z95 } from './normal.ts'
import { drawIndices } from './philox.ts'

/** A value with its 95 % interval. */
export interface Estimate {
  value: number
  /** Null where there is none: fewer than two units, or none that differ. */
  low: number | null
  high: number | null
  /** What was resampled. */
  units: number
}

/** A number computed from sums over units; NaN where it is undefined. */
export type Statistic = (sums: Float64Array) => number

export interface BootstrapOptions {
  /** A safe integer. */
  seed: number
  /** Without it 1000, fewer for many units (4 million draws in all, at least 400 resamples). */
  resamples?: number
  /**
   * 'bca' corrects for bias and skewness, 'percentile' does not; 'expanded' is 'bca' whose levels make up for the narrowness of few units.
   * Default 'expanded'.
   */
  method?: Method
}

type Method = 'expanded' | 'bca' | 'percentile'

/**
 * Statistics of sums over units with 95 % bootstrap intervals, whole units resampled with replacement; all
 * statistics see the same resamples. Each unit is a vector of what it adds to the sums. A statistic that is
 * undefined is null. The interval is null with fewer than two units, where it would have no width (nothing
 * differs), and where more than 5 % of resamples are undefined.
 * Sources: Efron & Tibshirani (1993), An Introduction to the Bootstrap, §13.3 (percentile), §14.3 (BCa,
 * acceleration by the jackknife); T. Hesterberg (2015), What teachers should know about the bootstrap, §4.3 (levels Φ(∓√(n/(n − 1)) t_{n−1})).
 */
export function bootstrapSums<Name extends string>(
  units: readonly Float64Array[],
  statistics: Record<Name, Statistic>,
  options: BootstrapOptions,
): Record<Name, Estimate | null> {
  const names = Object.keys(statistics) as Name[]
  const width = units[0]?.length ?? 0
  const total = sumOf(units, width)
  const found = {} as Record<Name, Estimate | null>
  const drawn = resampled(
    units,
    width,
    names.map((name) => statistics[name]),
    options,
  )
  names.forEach((name, index) => {
    const value = units.length ? statistics[name](total) : Number.NaN
    const samples = drawn[index]!
    const ends = intervalOf(
      samples,
      value,
      () => leftOut(units, total, statistics[name]),
      options.method ?? 'expanded',
      units.length,
    )
    found[name] = Number.isFinite(value) ? { value, ...ends, units: units.length } : null
  })
  return found
}

function sumOf(units: readonly Float64Array[], width: number): Float64Array {
  const total = new Float64Array(width)
  for (const unit of units) for (let i = 0; i < width; i++) total[i]! += unit[i]!
  return total
}

/** [statistics, resamples], undefined values included as NaN. */
function resampled(
  units: readonly Float64Array[],
  width: number,
  statistics: Statistic[],
  { seed, resamples }: BootstrapOptions,
): Float64Array[] {
  const n = units.length
  const count = n < 2 ? 0 : (resamples ?? Math.max(400, Math.min(1000, Math.floor(4e6 / n))))
  const values = statistics.map(() => new Float64Array(count))
  // Units are often of few kinds (all agree, one differs): counting kinds is much less than adding vectors.
  const { kinds, kindOf } = kindsOf(units)
  const drawn = new Int32Array(n)
  const counts = new Int32Array(kinds.length)
  const sums = new Float64Array(width)
  for (let resample = 0; resample < count; resample++) {
    drawIndices(seed, 0, resample, n, drawn)
    counts.fill(0)
    for (let draw = 0; draw < n; draw++) counts[kindOf[drawn[draw]!]!]!++
    sums.fill(0)
    for (let kind = 0; kind < kinds.length; kind++) {
      const times = counts[kind]!
      if (times === 0) continue
      const unit = kinds[kind]!
      for (let i = 0; i < width; i++) sums[i]! += times * unit[i]!
    }
    for (const [index, statistic] of statistics.entries()) values[index]![resample] = statistic(sums)
  }
  return values
}

/** The distinct units, and which of them each unit is. */
function kindsOf(units: readonly Float64Array[]): { kinds: Float64Array[]; kindOf: Int32Array } {
  const known = new Map<Float64Array | string, number>()
  const kinds: Float64Array[] = []
  const kindOf = Int32Array.from(units, (unit) => {
    let place = known.get(unit)
    if (place !== undefined) return place
    const key = unit.join()
    place = known.get(key) ?? kinds.push(unit) - 1
    known.set(unit, place).set(key, place)
    return place
  })
  return { kinds, kindOf }
}

/** The statistic without each unit in turn. */
function leftOut(units: readonly Float64Array[], total: Float64Array, statistic: Statistic): number[] {
  const { kinds, kindOf } = kindsOf(units)
  const values = kinds.map((unit) => statistic(total.map((sum, i) => sum - unit[i]!)))
  return Array.from(kindOf, (kind) => values[kind]!)
}

function intervalOf(
  samples: Float64Array,
  value: number,
  jackknife: () => number[],
  method: Method,
  n: number,
) {
  const defined = samples.filter(Number.isFinite).sort()
  const none = { low: null, high: null }
  if (defined.length === 0 || defined.length < 0.95 * samples.length) return none
  if (defined.at(-1)! - defined[0]! < 1e-12) return none
  if (method === 'percentile') return { low: quantile(defined, 0.025), high: quantile(defined, 0.975) }
  const below = defined.filter((sample) => sample < value - 1e-12).length
  const equal = defined.filter((sample) => Math.abs(sample - value) <= 1e-12).length
  const z0 = normalQuantile((below + equal / 2) / defined.length)
  const acceleration = accelerationOf(jackknife().filter(Number.isFinite))
  const end = (z: number) => {
    const level = normalCdf(z0 + (z0 + z) / (1 - acceleration * (z0 + z)))
    return quantile(defined, Number.isFinite(z0) ? level : normalCdf(z))
  }
  const reach = method === 'expanded' ? Math.sqrt(n / (n - 1)) * student95(n - 1) : z95
  return { low: end(-reach), high: end(reach) }
}

function accelerationOf(values: number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let squares = 0
  let cubes = 0
  for (const value of values) {
    squares += (mean - value) ** 2
    cubes += (mean - value) ** 3
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5)
}
