import { db } from '../db.ts'
import { clockNow } from './lease.ts'
import { inScope, isLabel } from './scope.ts'

/** Above so many comparisons a scope is counted at most once a second by one process. */
const LARGE = 1000
const KEPT_MS = 1000

/** What is the same for everybody about the comparisons of one batch, or of none. */
export interface BatchCounts {
  batchId: string | null
  name: string | null
  goldRate: number
  repeatRate: number
  /** Rankings there are, and rankings wanted. */
  done: number
  total: number
  /** Comparisons that want rankings: of anyone, and of each user named. */
  openToAll: number
  openTo: Record<string, number>
}

export interface Counts {
  /** When they were counted, by the database's clock. */
  at: Date
  batches: BatchCounts[]
}

type Entry = { from: number; counts: Promise<Counts> }

const kept = globalThis as { whetstoneCounts?: Map<string, Entry> }
/** By workspace and batch; kept on globalThis because Next gives each route a copy of this module. */
const cache = kept.whetstoneCounts ?? new Map<string, Entry>()
kept.whetstoneCounts = cache

/** The counts of a batch, or of all batches when `batchId` is null; of a large scope up to a second old unless `exact`. */
export function countsOf(workspaceId: string, batchId: string | null, exact: boolean): Promise<Counts> {
  const key = `${workspaceId} ${batchId ?? ''}`
  const now = performance.now()
  const before = cache.get(key)
  if (before && !exact && now - before.from < KEPT_MS) return before.counts
  for (const [old, { from }] of cache) if (now - from >= KEPT_MS) cache.delete(old)
  const entry = { from: now, counts: count(workspaceId, batchId) }
  cache.set(key, entry)
  const drop = () => {
    if (cache.get(key) === entry) cache.delete(key)
  }
  // Small scopes are counted anew each time; so is one whose count failed, for which its callers hear of the failure.
  entry.counts.then(({ size }) => size <= LARGE && drop(), drop)
  return entry.counts
}

async function count(workspaceId: string, batchId: string | null): Promise<Counts & { size: number }> {
  const [row] = await db.$queryRaw<[{ at: Date; size: number; batches: BatchCounts[] }]>`
    with rows as (
      select c."batchId", c.submitted, c.overlap, c."assigneeIds", c.taken < c.overlap as open
      from "Comparison" c where ${inScope(workspaceId, batchId)} and ${isLabel}
    ), sums as (
      select "batchId", count(*) as size, sum(submitted) as done, sum(overlap) as total,
        count(*) filter (where open and "assigneeIds" = '{}') as "openToAll"
      from rows group by "batchId"
    ), named as (
      select "batchId", json_object_agg("userId", count) as "openTo" from (
        select "batchId", "userId", count(*) from rows, unnest("assigneeIds") as "userId" where open group by 1, 2) each
      group by "batchId"
    )
    select ${clockNow} as at, coalesce(sum(size), 0)::int as size, coalesce(json_agg(json_build_object(
        'batchId', sums."batchId", 'name', b.name,
        'goldRate', coalesce(b."goldRate", 0), 'repeatRate', coalesce(b."repeatRate", 0),
        'done', done, 'total', total, 'openToAll', "openToAll", 'openTo', coalesce("openTo", '{}'))
      order by b."createdAt", b.id), '[]') as batches
    from sums
      left join named on named."batchId" is not distinct from sums."batchId"
      left join "Batch" b on b.id = sums."batchId"`
  return row
}
