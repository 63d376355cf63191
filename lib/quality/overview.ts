import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { batchIdOf, batchInput, inScope } from '../rankings/scope.ts'
import {
  type Agreement,
  agreementTable,
  firstShownRate,
  type Judgement,
  medianOf,
  type Share,
  shareOf,
} from './measures.ts'

export const overviewInput = z.strictObject({ batch: batchInput })

interface Measures {
  rankings: number
  medianSeconds: number | null
  /** The completion shown first was ranked best alone; `expected` without position bias. */
  firstShown: Share | null
  expectedFirstShown: number | null
  /** Pairs of completions ordered as another annotator did; 0.5 is chance. */
  agreement: Share | null
}

export interface QualityOverview extends Measures {
  annotators: (Measures & { id: string; name: string; skipped: number })[]
  agreementPairs: { a: { id: string; name: string }; b: { id: string; name: string }; agreement: Share }[]
}

/** How the annotators work: speed, position bias, and agreement where comparisons overlap. Current rankings only. */
export async function overview(
  actor: Actor,
  input: z.output<typeof overviewInput>,
): Promise<QualityOverview> {
  authorise(actor, 'quality.read')
  const batchId = await batchIdOf(db, actor.workspaceId, input.batch)
  const judgements = await db.$queryRaw<Judgement[]>`
    select r."annotatorId", r."comparisonId", r.groups, a."shownOrder", r."millisecondsSpent"
    from "Ranking" r
    join "Assignment" a on a.id = r."assignmentId"
    join "Comparison" c on c.id = r."comparisonId"
    where ${inScope(actor.workspaceId, batchId)}
      and not exists (select from "Ranking" later where later."supersedesId" = r.id)`
  const skips = await db.assignment.groupBy({
    by: ['annotatorId'],
    where: { workspaceId: actor.workspaceId, status: 'SKIPPED', ...(batchId && { comparison: { batchId } }) },
    _count: true,
  })
  const skipped = new Map(skips.map((row) => [row.annotatorId, row._count]))
  const byAnnotator = Map.groupBy(judgements, (judgement) => judgement.annotatorId)
  const people = await db.user.findMany({
    where: { id: { in: [...new Set([...byAnnotator.keys(), ...skipped.keys()])] } },
    select: { id: true, name: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
  const table = agreementTable(judgements)
  const person = new Map(people.map((each) => [each.id, each]))
  return {
    ...measure(judgements, table.overall),
    annotators: people.map(({ id, name }) => ({
      id,
      name,
      skipped: skipped.get(id) ?? 0,
      ...measure(byAnnotator.get(id) ?? [], table.byAnnotator.get(id)),
    })),
    agreementPairs: [...table.byPair].flatMap(([ids, { alike, pairs }]) => {
      const [a, b] = ids.split(' ').map((id) => person.get(id)!)
      const agreement = shareOf(alike, pairs)
      return agreement ? [{ a: a!, b: b!, agreement }] : []
    }),
  }
}

function measure(judgements: Judgement[], agreement: Agreement | undefined): Measures {
  const { share, expected } = firstShownRate(judgements)
  const median = medianOf(judgements.map((judgement) => judgement.millisecondsSpent))
  return {
    rankings: judgements.length,
    medianSeconds: median === null ? null : median / 1000,
    firstShown: share,
    expectedFirstShown: expected,
    agreement: agreement ? shareOf(agreement.alike, agreement.pairs) : null,
  }
}
