/** The settings as the form shows them: rates in percent. */
export interface Settings {
  name: string
  priority: number
  overlap: number
  /** Null while its comparisons are for different people. */
  assigneeIds: string[] | null
  goldPercent: number
  repeatPercent: number
}

/** The body of PATCH /api/batches/[id]. */
interface Changes {
  name?: string
  priority?: number
  overlap?: number
  assigneeIds?: string[]
  goldRate?: number
  repeatRate?: number
}

export interface BatchSettings {
  name: string
  priority: { low: number; high: number }
  overlap: { low: number; high: number }
  assignees: { id: string }[]
  assigneesMixed: boolean
  goldRate: number
  repeatRate: number
}

/** What the comparisons do not share is empty, and so stays as it is until something is chosen for all of them. */
export function settingsOf(batch: BatchSettings): Settings {
  const shared = ({ low, high }: { low: number; high: number }) => (low === high ? low : Number.NaN)
  return {
    name: batch.name,
    priority: shared(batch.priority),
    overlap: shared(batch.overlap),
    assigneeIds: batch.assigneesMixed ? null : batch.assignees.map(({ id }) => id),
    goldPercent: percent(batch.goldRate),
    repeatPercent: percent(batch.repeatRate),
  }
}

/** Hundredths of a percent, so that 0.07 is 7 and not 7.000000000000001. */
const percent = (rate: number) => Math.round(rate * 10_000) / 100

/** What differs; a number field left empty (NaN) changes nothing. */
export function changesOf(before: Settings, now: Settings): Changes {
  const number = (name: 'priority' | 'overlap' | 'goldPercent' | 'repeatPercent') =>
    Number.isFinite(now[name]) && now[name] !== before[name]
  const people = (ids: string[] | null) => ids?.toSorted().join()
  return {
    ...(now.name.trim() !== before.name && { name: now.name.trim() }),
    ...(number('priority') && { priority: now.priority }),
    ...(number('overlap') && { overlap: now.overlap }),
    ...(now.assigneeIds &&
      people(now.assigneeIds) !== people(before.assigneeIds) && { assigneeIds: now.assigneeIds }),
    ...(number('goldPercent') && { goldRate: now.goldPercent / 100 }),
    ...(number('repeatPercent') && { repeatRate: now.repeatPercent / 100 }),
  }
}
