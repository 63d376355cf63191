import { z } from 'zod'
import type { RunKind, RunStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'
import { authorsOf, type DatasetRow, datasetRow } from './list-datasets.ts'

export const showDatasetInput = z.strictObject({
  id: z.string(),
  /** `nextPair` of the answer before. */
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(20),
})

export interface PairRow {
  id: string
  prompt: { role: string; content: string }[]
  chosen: string
  rejected: string
  tie: boolean
  margin: number
  weight: number
  split: 'TRAIN' | 'EVAL'
  comparisonId: string
  promptId: string
  annotator: { id: string; name: string }
}

export interface DatasetDetails extends DatasetRow {
  pairs: PairRow[]
  nextPair: string | null
  runs: { id: string; name: string; kind: RunKind; status: RunStatus; createdAt: Date }[]
  annotators: { id: string; name: string; rankings: number }[]
}

/** A dataset, some of its pairs, and the runs trained on it. @throws WhetstoneError NOT_FOUND */
export async function showDataset(
  actor: Actor,
  input: z.input<typeof showDatasetInput>,
): Promise<DatasetDetails> {
  authorise(actor, 'dataset.show')
  const { id, cursor, limit } = showDatasetInput.parse(input)
  const dataset = await db.preferenceDataset.findFirst({
    where: { id, workspaceId: actor.workspaceId },
    include: {
      runs: {
        select: { id: true, name: true, kind: true, status: true, createdAt: true },
        orderBy: { createdAt: 'desc' },
      },
    },
  })
  if (!dataset) throw notFound('dataset', id)
  const { runs, ...row } = dataset
  const [pairs, annotators, authors] = await Promise.all([
    db.preferencePair.findMany({
      where: { datasetId: id },
      orderBy: [{ comparisonId: 'asc' }, { id: 'asc' }],
      take: limit + 1,
      include: { ranking: { select: { annotator: { select: { id: true, name: true } } } } },
      ...(cursor ? { cursor: { id: cursor } } : {}),
    }),
    db.$queryRaw<{ id: string; name: string; rankings: number }[]>`
      select u."id", u."name", count(distinct r."id")::int as "rankings"
        from "PreferencePair" p join "Ranking" r on r."id" = p."rankingId" join "user" u on u."id" = r."annotatorId"
       where p."datasetId" = ${id}
       group by u."id" order by "rankings" desc, u."name"`,
    authorsOf([row]),
  ])
  return {
    ...datasetRow(row, authors),
    runs,
    annotators,
    nextPair: pairs[limit]?.id ?? null,
    pairs: pairs.slice(0, limit).map(({ ranking, ...pair }) => ({
      id: pair.id,
      prompt: pair.prompt as PairRow['prompt'],
      chosen: pair.chosen,
      rejected: pair.rejected,
      tie: pair.tie,
      margin: pair.margin,
      weight: pair.weight,
      split: pair.split,
      comparisonId: pair.comparisonId,
      promptId: pair.promptId,
      annotator: ranking.annotator,
    })),
  }
}
