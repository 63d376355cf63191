import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { batchIdOf, batchInput } from '../rankings/scope.ts'
import type { Estimate } from '../ratings/interval.ts'
import { medianOf, timeOutliers } from '../ratings/outliers.ts'
import {
  type AgreementFigures,
  agreementByAnnotator,
  agreementFigures,
  agreementOfTwo,
  gradeAgreement,
} from './agreement.ts'
import { type AnnotatorEstimate, annotatorModel } from './annotator-model.ts'
import { type Judgement, listOf, readJudgements } from './judgements.ts'
import { biasOf, firstShownRate, type Share } from './measures.ts'
import { type PeriodUnit, periodsOf } from './periods.ts'

export const overviewInput = z.strictObject({
  batch: batchInput,
  /** Of the prompt. */
  tag: z.string().min(1).max(200).optional(),
})

export interface Measures extends AgreementFigures {
  rankings: number
  medianSeconds: number | null
  /** The completion shown first was ranked best alone; `expected` without position bias. */
  firstShown: Share | null
  expectedFirstShown: number | null
}

export interface AnnotatorMeasures extends Measures, AnnotatorEstimate {
  id: string
  name: string
  skipped: number
  /** Rankings far faster and far slower than the annotator's others: |modified z of log time| > 3.5. */
  unusualTimes: { fast: number; slow: number }
}

export interface Period extends AgreementFigures {
  from: Date
  to: Date
  rankings: number
}

export interface QualityOverview extends Measures {
  /** Krippendorff's ordinal α of graded verdicts on pairs. */
  gradeAlpha: Estimate | null
  /** Of two completions, one twice as long: the longer is preferred. ½ without length bias. */
  longer: Share | null
  /** Of two completions alike in length: the one shown earlier is preferred. ½ without position bias. */
  earlier: Share | null
  unusualTimes: { fast: number; slow: number }
  annotators: AnnotatorMeasures[]
  agreementPairs: {
    a: { id: string; name: string }
    b: { id: string; name: string }
    agreement: Share | null
    cohenKappa: Estimate | null
  }[]
  tags: (Measures & { name: string })[]
  batches: (Measures & { id: string; name: string })[]
  /** Rankings by when they came, agreement by when the last ranking of each comparison came. */
  overTime: { unit: PeriodUnit; periods: Period[] }
  /** Tags of the prompts of any comparison, to filter by. */
  tagNames: string[]
}

const named = {
  select: { id: true, name: true },
  orderBy: [{ name: 'asc' as const }, { id: 'asc' as const }],
}

/**
 * How well the annotators work: agreement, reliability, bias and speed, over all, by annotator, tag, batch
 * and time. Current rankings only.
 * @throws WhetstoneError NOT_FOUND of a batch
 */
export async function overview(
  actor: Actor,
  input: z.output<typeof overviewInput>,
): Promise<QualityOverview> {
  authorise(actor, 'quality.read')
  const { workspaceId } = actor
  const batchId = await batchIdOf(db, workspaceId, input.batch)
  const [judgements, skipped, tagNames] = await Promise.all([
    readJudgements(db, workspaceId, { batchId, tag: input.tag }),
    skipsOf(workspaceId, batchId, input.tag),
    tagNamesOf(workspaceId),
  ])
  const byAnnotator = Map.groupBy(judgements, ({ annotatorId }) => annotatorId)
  const batchIds = [...new Set(judgements.flatMap((judgement) => judgement.batchId ?? []))]
  const [people, batches] = await Promise.all([
    db.user.findMany({
      where: { id: { in: [...new Set([...byAnnotator.keys(), ...skipped.keys()])] } },
      ...named,
    }),
    db.batch.findMany({ where: { id: { in: batchIds } }, ...named }),
  ])
  const agreements = agreementByAnnotator(judgements)
  const model = annotatorModel(judgements)
  const person = new Map(people.map((each) => [each.id, each]))
  const annotators = people.map(({ id, name }) => {
    const own = byAnnotator.get(id) ?? []
    return {
      id,
      name,
      skipped: skipped.get(id) ?? 0,
      ...measuresOf(own),
      ...(agreements.get(id) ?? agreementFigures([])),
      ...(model.get(id) ?? { reliability: null, weight: 1, verdicts: null }),
      unusualTimes: timeOutliers(own.map(({ millisecondsSpent }) => millisecondsSpent)),
    }
  })
  const unusual = (which: 'fast' | 'slow') =>
    annotators.reduce((sum, { unusualTimes }) => sum + unusualTimes[which], 0)
  return {
    ...measuresOf(judgements),
    ...agreementFigures(judgements),
    ...biasOf(judgements),
    gradeAlpha: gradeAgreement(judgements),
    unusualTimes: { fast: unusual('fast'), slow: unusual('slow') },
    annotators,
    agreementPairs: agreementOfTwo(judgements).map(({ a, b, ...rest }) => ({
      a: person.get(a)!,
      b: person.get(b)!,
      ...rest,
    })),
    tags: byTag(judgements),
    batches: batches.map(({ id, name }) => {
      const own = judgements.filter((judgement) => judgement.batchId === id)
      return { id, name, ...measuresOf(own), ...agreementFigures(own) }
    }),
    overTime: overTime(judgements),
    tagNames,
  }
}

function measuresOf(judgements: readonly Judgement[]): Omit<Measures, keyof AgreementFigures> {
  const { share, expected } = firstShownRate(judgements)
  const median = medianOf(judgements.map(({ millisecondsSpent }) => millisecondsSpent))
  return {
    rankings: judgements.length,
    medianSeconds: median === null ? null : median / 1000,
    firstShown: share,
    expectedFirstShown: expected,
  }
}

function byTag(judgements: readonly Judgement[]): QualityOverview['tags'] {
  const tagged = new Map<string, Judgement[]>()
  for (const judgement of judgements) for (const tag of judgement.tags) listOf(tagged, tag).push(judgement)
  return [...tagged]
    .map(([name, own]) => ({ name, ...measuresOf(own), ...agreementFigures(own) }))
    .sort((a, b) => b.rankings - a.rankings || a.name.localeCompare(b.name))
}

function overTime(judgements: readonly Judgement[]): QualityOverview['overTime'] {
  const { unit, milliseconds, start } = periodsOf(judgements.map(({ createdAt }) => createdAt))
  const agreed = new Map<number, Judgement[]>()
  for (const ranked of Map.groupBy(judgements, ({ comparisonId }) => comparisonId).values()) {
    // They come oldest first.
    listOf(agreed, start(ranked.at(-1)!.createdAt)).push(...ranked)
  }
  const came = Map.groupBy(judgements, ({ createdAt }) => start(createdAt))
  const starts = [...came.keys()].sort((a, b) => a - b)
  return {
    unit,
    periods: starts.map((from) => ({
      from: new Date(from),
      to: new Date(from + milliseconds),
      rankings: came.get(from)!.length,
      ...agreementFigures(agreed.get(from) ?? []),
    })),
  }
}

async function skipsOf(workspaceId: string, batchId: string | null, tag: string | undefined) {
  const rows = await db.assignment.groupBy({
    by: ['annotatorId'],
    where: {
      workspaceId,
      status: 'SKIPPED',
      comparison: { ...(batchId && { batchId }), ...(tag && { prompt: { tags: { has: tag } } }) },
    },
    _count: true,
  })
  return new Map(rows.map((row) => [row.annotatorId, row._count]))
}

async function tagNamesOf(workspaceId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ tag: string }[]>`
    select distinct unnest(p.tags) as tag from "Prompt" p
     where p."workspaceId" = ${workspaceId} and exists (select from "Comparison" c where c."promptId" = p.id)
     order by tag limit 200`
  return rows.map(({ tag }) => tag)
}
