import type { RunKind } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import type { EvaluationSummary } from '../evaluations/summary.ts'
import { isSampler, samplerKinds } from '../runs/run-kinds.ts'
import { activeStatuses, type RunRow, runRowSelect } from '../runs/run-row.ts'
import { type LoopFacts, type NextStep, type NodeId, nextStep } from './next-step.ts'

export interface LoopNode {
  id: NodeId
  count: number
  detail: string
  /** When the newest of them came. */
  at: Date | null
  /** `ready` waits for people; `working` has a run under way. */
  state: 'empty' | 'ready' | 'working' | 'done'
}

export interface Overview {
  counts: {
    prompts: number
    promptsTrain: number
    promptsEval: number
    completions: number
    comparisons: number
    rankings: number
    rankingsWanted: number
    datasets: number
    rewardModels: number
    policies: number
    evaluations: number
    runsActive: number
  }
  nodes: LoopNode[]
  /** Null while a run is doing it. */
  next: NextStep | null
  /** The eight newest. */
  runs: RunRow[]
}

type Facts = Awaited<ReturnType<typeof read>>

/** The loop of the workspace: what there is, what is under way, and what to do next. */
export async function overview(actor: Actor): Promise<Overview> {
  authorise(actor, 'home.read')
  const facts = await read(actor.workspaceId)
  const { reward, policy, dataset } = facts
  const active = new Set<RunKind>(facts.active.map(({ kind }) => kind))
  const loop: LoopFacts = {
    ...facts.counts,
    comparablePrompts: facts.comparablePrompts,
    newestRankingAt: facts.newestRankingAt,
    newestComparisonAt: facts.newestComparisonAt,
    newestCompletionAt: facts.newestCompletionAt,
    active,
    dataset: dataset && {
      id: dataset.id,
      createdAt: dataset.createdAt,
      hasRewardModel: dataset.runs.some(({ _count }) => _count.modelVersions > 0),
    },
    reward: reward && {
      ...reward,
      hasPolicy: reward.rewardOf.some(({ kind, _count }) => isSampler(kind) && _count.modelVersions > 0),
    },
    policy: policy && {
      ...policy,
      learnedPreferences: policy.run !== null && (isSampler(policy.run.kind) || policy.run.kind === 'DPO'),
      evaluated: policy._count.evaluationsB > 0,
    },
  }
  return {
    counts: facts.counts,
    nodes: nodes(facts, active),
    next: nextStep(loop),
    runs: facts.runs,
  }
}

async function read(workspaceId: string) {
  const where = { workspaceId }
  const newest = { orderBy: { createdAt: 'desc' as const }, where }
  const version = { id: true, name: true, version: true, createdAt: true } as const
  const models = { select: { kind: true, _count: { select: { modelVersions: true } } } } as const
  const [
    splits,
    completions,
    comparisons,
    datasets,
    kinds,
    evaluations,
    active,
    ranking,
    dataset,
    reward,
    policy,
    evaluation,
    prompt,
    runs,
    comparable,
  ] = await Promise.all([
    db.prompt.groupBy({ by: ['split'], where, _count: true }),
    db.completion.count({ where }),
    db.comparison.aggregate({
      where: { workspaceId, kind: 'LABEL' },
      _count: true,
      _sum: { overlap: true, submitted: true },
      _max: { createdAt: true },
    }),
    db.preferenceDataset.count({ where }),
    db.modelVersion.groupBy({ by: ['kind'], where, _count: true }),
    db.evaluation.count({ where }),
    db.run.findMany({ where: { workspaceId, status: { in: [...activeStatuses] } }, select: { kind: true } }),
    db.ranking.findFirst({ ...newest, select: { createdAt: true } }),
    db.preferenceDataset.findFirst({ ...newest, select: { id: true, createdAt: true, runs: models } }),
    db.modelVersion.findFirst({
      ...newest,
      where: { workspaceId, kind: 'REWARD' },
      select: { ...version, rewardOf: models },
    }),
    db.modelVersion.findFirst({
      ...newest,
      where: { workspaceId, kind: 'POLICY' },
      select: {
        ...version,
        parentId: true,
        run: { select: { kind: true } },
        _count: { select: { evaluationsB: true } },
        completions: { orderBy: { createdAt: 'desc' }, take: 1, select: { createdAt: true } },
      },
    }),
    db.evaluation.findFirst({ ...newest, select: { name: true, summary: true, createdAt: true } }),
    db.prompt.findFirst({ ...newest, select: { createdAt: true } }),
    db.run.findMany({ ...newest, select: runRowSelect, take: 8 }),
    db.$queryRaw<{ prompts: number }[]>`
      select count(*)::int as "prompts"
        from (select 1 from "Completion" where "workspaceId" = ${workspaceId} group by "promptId" having count(*) > 1) p`,
  ])
  const split = (name: 'TRAIN' | 'EVAL') => splits.find((group) => group.split === name)?._count ?? 0
  const versions = (name: 'POLICY' | 'REWARD') => kinds.find((group) => group.kind === name)?._count ?? 0
  return {
    counts: {
      prompts: split('TRAIN') + split('EVAL'),
      promptsTrain: split('TRAIN'),
      promptsEval: split('EVAL'),
      completions,
      comparisons: comparisons._count,
      rankings: comparisons._sum.submitted ?? 0,
      rankingsWanted: comparisons._sum.overlap ?? 0,
      datasets,
      rewardModels: versions('REWARD'),
      policies: versions('POLICY'),
      evaluations,
      runsActive: active.length,
    },
    comparablePrompts: comparable[0]?.prompts ?? 0,
    newestRankingAt: ranking?.createdAt ?? null,
    newestComparisonAt: comparisons._max.createdAt,
    newestCompletionAt: policy?.completions[0]?.createdAt ?? null,
    newestPromptAt: prompt?.createdAt ?? null,
    active,
    dataset,
    reward,
    policy,
    evaluation,
    runs,
  }
}

function nodes(facts: Facts, active: Set<RunKind>): LoopNode[] {
  const { counts, reward, policy, evaluation } = facts
  const state = (count: number, ...kinds: RunKind[]) =>
    kinds.some((kind) => active.has(kind)) ? 'working' : count === 0 ? 'empty' : 'done'
  const newest = (version: { name: string; version: number } | null) =>
    version ? `Newest: ${version.name} v${version.version}` : 'None yet'
  const left = counts.rankingsWanted - counts.rankings
  return [
    {
      id: 'prompts',
      count: counts.prompts,
      detail: `${counts.promptsTrain} to train on, ${counts.promptsEval} held out; ${counts.completions} completions`,
      at: facts.newestPromptAt,
      state: state(counts.prompts, 'GENERATE'),
    },
    {
      id: 'rankings',
      count: counts.rankings,
      detail: `of ${counts.rankingsWanted} wanted; ${counts.datasets} dataset${counts.datasets === 1 ? '' : 's'}`,
      at: facts.newestRankingAt,
      state: left > 0 ? 'ready' : counts.rankings === 0 ? 'empty' : 'done',
    },
    {
      id: 'reward',
      count: counts.rewardModels,
      detail: newest(reward),
      at: reward?.createdAt ?? null,
      state: state(counts.rewardModels, 'REWARD'),
    },
    {
      id: 'policy',
      count: counts.policies,
      detail: newest(policy),
      at: policy?.createdAt ?? null,
      state: state(counts.policies, 'SFT', ...samplerKinds, 'DPO'),
    },
    {
      id: 'compare',
      count: counts.evaluations,
      detail: evaluation
        ? found(evaluation.name, evaluation.summary as EvaluationSummary | null)
        : 'None yet',
      at: evaluation?.createdAt ?? null,
      state: state(counts.evaluations, 'EVALUATE'),
    },
  ]
}

function found(name: string, summary: EvaluationSummary | null): string {
  const rate = summary?.rubric ?? summary?.rewardModel
  return rate ? `${name}: wins ${Math.round(rate.winRate * 100)} %` : name
}
