export interface StepRow {
  step: number
  metrics: Record<string, number>
}

export interface StepStore {
  /** Ascending. */
  readonly steps: readonly number[]
  /** In the order they first appeared. */
  readonly names: readonly string[]
  /** By step; null where a step does not report the metric. Empty for an unknown metric. */
  column: (name: string) => readonly (number | null)[]
  /** Takes rows in any order; a step that is there already is left as it is (a resumed run repeats steps exactly). */
  add: (rows: readonly StepRow[]) => void
  /** Forgets the steps after this one: a run that went back takes them again in another way. */
  cut: (last: number) => void
  subscribe: (notify: () => void) => () => void
  /** Grows by one with every change. */
  version: () => number
}

/** The metrics of a run as columns that grow, for charts that are told of changes rather than drawn anew. */
export function createStepStore(): StepStore {
  const steps: number[] = []
  const columns = new Map<string, (number | null)[]>()
  const listeners = new Set<() => void>()
  let version = 0

  const insert = ({ step, metrics }: StepRow): boolean => {
    const at = placeOf(steps, step)
    if (steps[at] === step) return false
    for (const name of Object.keys(metrics)) {
      if (!columns.has(name))
        columns.set(
          name,
          steps.map(() => null),
        )
    }
    steps.splice(at, 0, step)
    for (const [name, column] of columns) column.splice(at, 0, metrics[name] ?? null)
    return true
  }

  const tell = () => {
    version++
    for (const notify of listeners) notify()
  }

  return {
    steps,
    get names() {
      return [...columns.keys()]
    },
    column: (name) => columns.get(name) ?? [],
    add: (rows) => {
      const changed = rows.map(insert).some(Boolean)
      if (changed) tell()
    },
    cut: (last) => {
      const kept = placeOf(steps, last + 1)
      if (kept === steps.length) return
      steps.length = kept
      for (const column of columns.values()) column.length = kept
      tell()
    },
    subscribe: (notify) => {
      listeners.add(notify)
      return () => listeners.delete(notify)
    },
    version: () => version,
  }
}

/** The index of `step`, or where it belongs; steps almost always come at the end. */
function placeOf(steps: readonly number[], step: number): number {
  let at = steps.length
  while (at > 0 && steps[at - 1]! >= step) at--
  return at
}

export interface Summary {
  first: number
  last: number
  lowest: number
  highest: number
}

/** First, last and the extremes of a column; null when nothing was reported. */
export function summarise(column: readonly (number | null)[]): Summary | null {
  let summary: Summary | null = null
  for (const value of column) {
    if (value === null) continue
    if (!summary) summary = { first: value, last: value, lowest: value, highest: value }
    summary.last = value
    summary.lowest = Math.min(summary.lowest, value)
    summary.highest = Math.max(summary.highest, value)
  }
  return summary
}
