import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'
import { type DatasetFilter, datasetFilter } from './dataset-filter.ts'

export const listDatasetsInput = z.strictObject(pageInput)

export interface DatasetRow {
  id: string
  name: string
  filter: DatasetFilter
  contentHash: string
  pairCount: number
  comparisonCount: number
  promptCount: number
  annotatorCount: number
  trainPairs: number
  evalPairs: number
  createdAt: Date
  createdBy: { id: string; name: string } | null
}

/** The workspace's datasets, newest first. */
export async function listDatasets(
  actor: Actor,
  { q, cursor, limit }: z.output<typeof listDatasetsInput>,
): Promise<Page<DatasetRow>> {
  authorise(actor, 'dataset.list')
  const where = {
    workspaceId: actor.workspaceId,
    ...(q ? { name: { contains: q, mode: 'insensitive' as const } } : {}),
  }
  const [rows, total] = await Promise.all([
    db.preferenceDataset.findMany({
      where: { AND: [where, afterCursor(cursor)] },
      orderBy: newestFirst,
      take: limit + 1,
    }),
    db.preferenceDataset.count({ where }),
  ])
  const authors = await authorsOf(rows)
  return pageOf(rows, limit, total, (row) => datasetRow(row, authors))
}

type Row = Awaited<ReturnType<typeof db.preferenceDataset.findFirstOrThrow>>

/** Who made the datasets: they keep the id of an account, not a relation, so that accounts can be removed. */
export async function authorsOf(rows: Pick<Row, 'createdById'>[]): Promise<Map<string, string>> {
  const ids = rows.flatMap(({ createdById }) => createdById ?? [])
  const users = await db.user.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } })
  return new Map(users.map(({ id, name }) => [id, name]))
}

export function datasetRow(row: Row, authors: Map<string, string>): DatasetRow {
  const { workspaceId: _, filter, createdById, ...rest } = row
  const name = createdById ? authors.get(createdById) : undefined
  return {
    ...rest,
    filter: datasetFilter.parse(filter),
    createdBy: createdById && name ? { id: createdById, name } : null,
  }
}
