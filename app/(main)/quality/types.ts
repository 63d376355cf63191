/** A share with its 95 % interval. */
export interface Share {
  rate: number
  low: number
  high: number
  n: number
}

/** A coefficient with its 95 % interval, null where there is none. */
export interface Estimate {
  value: number
  low: number | null
  high: number | null
  units: number
}

export interface Measures {
  rankings: number
  medianSeconds: number | null
  firstShown: Share | null
  /** Without position bias. */
  expectedFirstShown: number | null
  agreement: Share | null
  alpha: Estimate | null
  /** That two or more ranked. */
  comparisons: number
}

export interface AnnotatorRow extends Measures {
  id: string
  name: string
  skipped: number
  unusualTimes: { fast: number; slow: number }
  reliability: { value: number; low: number; high: number; votes: number } | null
  weight: number
}

export interface GroupRow extends Measures {
  id: string
  name: string
}
