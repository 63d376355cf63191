/** A share with its 95 % interval. */
export interface Share {
  rate: number
  low: number
  high: number
  /** What was counted, or pairs, that came in so many items. */
  n?: number
  items?: number
}

/** A coefficient with its 95 % interval, null where there is none. */
export interface Estimate {
  value: number
  low: number | null
  high: number | null
  units: number
}

/** A share less another, with its 95 % interval. */
export interface Change {
  value: number
  low: number
  high: number
}

/** Of an annotator, a batch or a tag: figures by name. */
export type FigureRow = { id: string; name: string } & Record<string, unknown>
