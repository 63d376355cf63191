/** A share with its 95 % interval. */
export interface Share {
  rate: number
  low: number
  high: number
  n: number
}

export interface Measures {
  rankings: number
  medianSeconds: number | null
  firstShown: Share | null
  /** Without position bias. */
  expectedFirstShown: number | null
  agreement: Share | null
}

export interface AnnotatorRow extends Measures {
  id: string
  name: string
  skipped: number
}
