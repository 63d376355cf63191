import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { batchIdOf, batchInput } from '../rankings/scope.ts'
import type { Estimate } from '../ratings/interval.ts'
import { medianOf, timeOutliers } from '../ratings/outliers.ts'
import {
  type Act,
  type FlagCount,
  type Pace,
  paceOf,
  readActs,
  readFlags,
  readSkips,
  type SkipReason,
  skipReasons,
} from './activity.ts'
import {
  type AgreementFigures,
  agreementByAnnotator,
  agreementFigures,
  agreementOfTwo,
  gradeAgreement,
  type PairAgreement,
} from './agreement.ts'
import { type AnnotatorEstimate, annotatorModel } from './annotator-model.ts'
import { type Check, type CheckFigures, checkFigures, readChecks } from './checks.ts'
import { type Judgement, readJudgements } from './judgements.ts'
import { biasOf, firstShownRate, type Share } from './measures.ts'
import { type OverTime, overTime } from './over-time.ts'
import { type Remark, remarksOn } from './remarks.ts'

export const overviewInput = z.strictObject({
  batch: batchInput,
  /** Of the prompt. */
  tag: z.string().min(1).max(200).optional(),
})

/** What is known of ordinary comparisons, of the checks among them, and of the time all of it took. */
export interface Measures extends AgreementFigures, CheckFigures, Pace {
  /** Of ordinary comparisons; gold, repeated and adjudicating ones are no opinions of their own. */
  rankings: number
  medianSeconds: number | null
  /** Rankings in which a response was improved. */
  edited: number
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

export interface QualityOverview extends Measures {
  /** Krippendorff's ordinal α of graded verdicts on pairs. */
  gradeAlpha: Estimate | null
  /** Of two completions, one twice as long: the longer is preferred. ½ without length bias. */
  longer: Share | null
  /** Of two completions alike in length: the one shown earlier is preferred. ½ without position bias. */
  earlier: Share | null
  unusualTimes: { fast: number; slow: number }
  annotators: AnnotatorMeasures[]
  /** Which annotators to talk to, and why. */
  remarks: Remark[]
  agreementPairs: (Omit<PairAgreement, 'a' | 'b'> & Record<'a' | 'b', { id: string; name: string }>)[]
  tags: (Measures & { name: string })[]
  batches: (Measures & { id: string; name: string })[]
  skips: SkipReason[]
  flags: FlagCount[]
  overTime: OverTime
  /** Tags of the prompts of any comparison, to filter by. */
  tagNames: string[]
}

const named = {
  select: { id: true, name: true },
  orderBy: [{ name: 'asc' as const }, { id: 'asc' as const }],
}

/** What was found in a scope, or of one annotator, batch or tag in it. */
interface Found {
  judgements: Judgement[]
  checks: Check[]
  acts: Act[]
}

/**
 * How well the annotators work: agreement, checks, reliability, bias and speed, over all, by annotator, tag,
 * batch and time. Current rankings only; `now` says which day it is.
 * @throws WhetstoneError NOT_FOUND of a batch
 */
export async function overview(
  actor: Actor,
  input: z.output<typeof overviewInput>,
  now = new Date(),
): Promise<QualityOverview> {
  authorise(actor, 'quality.read')
  const { workspaceId } = actor
  const scope = { batchId: await batchIdOf(db, workspaceId, input.batch), tag: input.tag }
  const [judgements, checks, acts, skips, flags, tagNames] = await Promise.all([
    readJudgements(db, workspaceId, scope),
    readChecks(db, workspaceId, scope),
    readActs(db, workspaceId, scope),
    readSkips(db, workspaceId, scope),
    readFlags(db, workspaceId, scope),
    tagNamesOf(workspaceId),
  ])
  const found = { judgements, checks, acts }
  const byAnnotator = split(found, ({ annotatorId }) => [annotatorId])
  const byBatch = split(found, ({ batchId }) => batchId ?? [])
  const byTag = split(found, ({ tags }) => tags)
  const [people, batches] = await Promise.all([
    db.user.findMany({ where: { id: { in: [...byAnnotator.keys()] } }, ...named }),
    db.batch.findMany({ where: { id: { in: [...byBatch.keys()] } }, ...named }),
  ])
  const agreements = agreementByAnnotator(judgements)
  const model = annotatorModel(judgements)
  const person = new Map(people.map((each) => [each.id, each]))
  const all = { ...measuresOf(found, now), ...agreementFigures(judgements) }
  const annotators = people.map(({ id, name }) => {
    const own = byAnnotator.get(id)!
    return {
      id,
      name,
      skipped: skips.reduce((sum, { annotatorId, count }) => sum + (annotatorId === id ? count : 0), 0),
      ...measuresOf(own, now),
      ...(agreements.get(id) ?? agreementFigures([])),
      ...(model.get(id) ?? { reliability: null, weight: 1, verdicts: null }),
      unusualTimes: timeOutliers(own.judgements.map(({ millisecondsSpent }) => millisecondsSpent)),
    }
  })
  const unusual = (which: 'fast' | 'slow') =>
    annotators.reduce((sum, { unusualTimes }) => sum + unusualTimes[which], 0)
  return {
    ...all,
    ...biasOf(judgements),
    gradeAlpha: gradeAgreement(judgements),
    unusualTimes: { fast: unusual('fast'), slow: unusual('slow') },
    annotators,
    remarks: remarksOn(annotators, all),
    agreementPairs: agreementOfTwo(judgements).map(({ a, b, ...rest }) => ({
      a: person.get(a)!,
      b: person.get(b)!,
      ...rest,
    })),
    tags: [...byTag]
      .map(([name, own]) => ({ name, ...measuresOf(own, now), ...agreementFigures(own.judgements) }))
      .sort((a, b) => b.rankings - a.rankings || a.name.localeCompare(b.name)),
    batches: batches.map(({ id, name }) => {
      const own = byBatch.get(id)!
      return { id, name, ...measuresOf(own, now), ...agreementFigures(own.judgements) }
    }),
    skips: skipReasons(skips),
    flags,
    overTime: overTime(judgements, acts),
    tagNames,
  }
}

function measuresOf({ judgements, checks, acts }: Found, now: Date): Omit<Measures, keyof AgreementFigures> {
  const { share, expected } = firstShownRate(judgements)
  const median = medianOf(judgements.map(({ millisecondsSpent }) => millisecondsSpent))
  return {
    rankings: judgements.length,
    medianSeconds: median === null ? null : median / 1000,
    edited: judgements.filter(({ edited }) => edited).length,
    firstShown: share,
    expectedFirstShown: expected,
    ...paceOf(acts, now),
    ...checkFigures(checks),
  }
}

type Attributes = Pick<Judgement, 'annotatorId' | 'batchId' | 'tags'>

/** What was found, by the keys that `keysOf` gives each row. */
function split(found: Found, keysOf: (row: Attributes) => string | readonly string[]): Map<string, Found> {
  const parts = new Map<string, Found>()
  const part = (key: string): Found => {
    const known = parts.get(key) ?? { judgements: [], checks: [], acts: [] }
    parts.set(key, known)
    return known
  }
  const keys = (row: Attributes) => [keysOf(row)].flat()
  for (const row of found.judgements) for (const key of keys(row)) part(key).judgements.push(row)
  for (const row of found.checks) for (const key of keys(row)) part(key).checks.push(row)
  for (const row of found.acts) for (const key of keys(row)) part(key).acts.push(row)
  return parts
}

async function tagNamesOf(workspaceId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ tag: string }[]>`
    select distinct unnest(p.tags) as tag from "Prompt" p
     where p."workspaceId" = ${workspaceId} and exists (select from "Comparison" c where c."promptId" = p.id)
     order by tag limit 200`
  return rows.map(({ tag }) => tag)
}
