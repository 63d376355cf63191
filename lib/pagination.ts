import { z } from 'zod'
import { WhetstoneError } from './errors.ts'

/** The fields every list takes; spread into its schema. */
export const pageInput = {
  q: z.string().trim().max(500).optional(),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
}

export interface Page<T> {
  items: T[]
  nextCursor: string | null
  total: number
}

/** Newest first; the id decides between rows of one millisecond. */
export const newestFirst = [{ createdAt: 'desc' as const }, { id: 'desc' as const }]

/** Where a page starts in `newestFirst` order. @throws WhetstoneError INVALID_INPUT for a cursor of no list. */
export function afterCursor(cursor: string | undefined) {
  if (cursor === undefined) return {}
  const [time, id] = Buffer.from(cursor, 'base64url').toString().split(' ')
  const createdAt = new Date(Number(time))
  if (!id || Number.isNaN(createdAt.getTime())) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `'${cursor}' is not a cursor.`,
      'Start again from the first page.',
    )
  }
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] }
}

/** Makes a page of `limit + 1` rows in `newestFirst` order. */
export function pageOf<Row extends { id: string; createdAt: Date }, Item>(
  rows: Row[],
  limit: number,
  total: number,
  item: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  const nextCursor = last ? Buffer.from(`${last.createdAt.getTime()} ${last.id}`).toString('base64url') : null
  return { items: shown.map(item), nextCursor, total }
}
