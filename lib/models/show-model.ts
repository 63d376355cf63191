import { z } from 'zod'
import type { RunKind, RunStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'
import type { EvaluationSummary } from '../evaluations/summary.ts'
import { type LineageStep, lineageOf } from './lineage.ts'
import { type ModelRow, modelRow, modelRowSelect, reportOf } from './model-row.ts'
import type { RewardReport } from './reward-report.ts'

export const showModelInput = z.strictObject({ id: z.string() })

export interface VersionName {
  id: string
  name: string
  version: number
  kind: 'POLICY' | 'REWARD'
}

export interface ModelDetails extends ModelRow {
  run: {
    id: string
    name: string
    kind: RunKind
    status: RunStatus
    config: Record<string, unknown>
    summary: Record<string, number | string> | null
  } | null
  /** The reward model its run was scored by. */
  reward: VersionName | null
  /** The nearest first, up to the root. */
  parents: VersionName[]
  children: VersionName[]
  /** What is known of a reward model's held-out comparisons; null where nothing is. */
  report: RewardReport | null
  /** Of those whom the report names, by id. */
  annotators: Record<string, string>
  /** Policies that were trained against this reward model. */
  rewardFor: VersionName[]
  evaluations: {
    id: string
    name: string
    /** The side this version was on. */
    side: 'A' | 'B'
    other: VersionName
    status: RunStatus | null
    summary: EvaluationSummary | null
    createdAt: Date
  }[]
  lineage: {
    /** The root it descends from; null when it is one. */
    base: VersionName | null
    /** The rankings behind it, or behind its nearest parent that has some. */
    dataset: LineageStep['dataset']
    /** Itself first, the root last, each with its run, reward model and dataset. */
    steps: LineageStep[]
  }
}

const name = { id: true, name: true, version: true, kind: true } as const
const evaluation = {
  id: true,
  name: true,
  summary: true,
  createdAt: true,
  run: { select: { status: true } },
} as const

/** A model version and where it comes from. @throws WhetstoneError NOT_FOUND */
export async function showModel(
  actor: Actor,
  { id }: z.output<typeof showModelInput>,
): Promise<ModelDetails> {
  authorise(actor, 'model.show')
  const { workspaceId } = actor
  const version = await db.modelVersion.findFirst({
    where: { id, workspaceId },
    select: {
      ...modelRowSelect,
      run: {
        select: {
          id: true,
          name: true,
          kind: true,
          status: true,
          config: true,
          summary: true,
          reward: { select: name },
        },
      },
      children: { select: name, orderBy: { createdAt: 'asc' } },
      rewardOf: { select: { modelVersions: { select: name } }, orderBy: { createdAt: 'asc' } },
      evaluationsA: { select: { ...evaluation, versionB: { select: name } } },
      evaluationsB: { select: { ...evaluation, versionA: { select: name } } },
    },
  })
  if (!version) throw notFound('model', id)
  const { run, children, rewardOf, evaluationsA, evaluationsB, ...row } = version
  const sides = [
    ...evaluationsA.map(({ versionB, ...rest }) => ({ ...rest, side: 'A' as const, other: versionB })),
    ...evaluationsB.map(({ versionA, ...rest }) => ({ ...rest, side: 'B' as const, other: versionA })),
  ]
  const steps = await lineageOf({ id, workspaceId })
  const report = reportOf(row)
  const parents = steps.slice(1).map(({ model }) => model)
  return {
    ...modelRow(row),
    run: run && {
      id: run.id,
      name: run.name,
      kind: run.kind,
      status: run.status,
      config: run.config as Record<string, unknown>,
      summary: run.summary as Record<string, number | string> | null,
    },
    reward: run?.reward ?? null,
    report,
    annotators: await namesOf(workspaceId, Object.keys(report?.heldOut?.byAnnotator ?? {})),
    parents,
    children,
    rewardFor: rewardOf.flatMap(({ modelVersions }) => modelVersions),
    evaluations: sides
      .map(({ run: evaluationRun, summary, ...rest }) => ({
        ...rest,
        status: evaluationRun?.status ?? null,
        summary: summary as EvaluationSummary | null,
      }))
      .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime()),
    lineage: {
      base: parents.at(-1) ?? null,
      dataset: steps.find((step) => step.dataset)?.dataset ?? null,
      steps,
    },
  }
}

/** The names of members and of those who left, whose rankings are in this workspace. */
async function namesOf(workspaceId: string, ids: string[]): Promise<Record<string, string>> {
  if (ids.length === 0) return {}
  const people = await db.user.findMany({
    where: { id: { in: ids }, rankings: { some: { workspaceId } } },
    select: { id: true, name: true },
  })
  return Object.fromEntries(people.map(({ id, name }) => [id, name]))
}
