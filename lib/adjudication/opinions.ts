import { createHash } from 'node:crypto'
import type { Database } from '../db.ts'
import { type Flag, withoutEdit } from '../rankings/assignment-view.ts'

/** What one annotator said, without who it was. */
export interface Opinion {
  groups: string[][]
  allBad: boolean
  strength: number | null
  flags: Flag[]
  comment: string | null
}

/** What the annotators said of the comparison that each adjudication decides, in an order that tells nothing of them. */
export async function opinionsOf(tx: Database, adjudicationIds: string[]): Promise<Map<string, Opinion[]>> {
  const rows = await tx.comparison.findMany({
    where: { id: { in: adjudicationIds } },
    select: {
      id: true,
      original: { select: { rankings: { where: { supersededBy: { is: null } } } } },
    },
  })
  return new Map(
    rows.map(({ id, original }) => [
      id,
      (original?.rankings ?? [])
        .map((ranking) => ({
          order: createHash('sha256').update(`${id} ${ranking.id}`).digest('hex'),
          groups: withoutEdit({ groups: ranking.groups as string[][], editId: ranking.editId }),
          allBad: ranking.allBad,
          strength: ranking.strength,
          flags: ranking.flags as unknown as Flag[],
          comment: ranking.comment,
        }))
        .sort((a, b) => (a.order < b.order ? -1 : 1))
        .map(({ order: _, ...opinion }) => opinion),
    ]),
  )
}
