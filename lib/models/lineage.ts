import type { RunKind } from '#prisma/client/enums.ts'
import { db } from '../db.ts'

export interface LineageStep {
  model: { id: string; name: string; version: number; kind: 'POLICY' | 'REWARD' }
  /** Null for an imported model. */
  run: { id: string; name: string; kind: RunKind; finishedAt: Date | null } | null
  /** The reward model of a PPO run. */
  reward: { id: string; name: string; version: number } | null
  /** The rankings behind a reward model: its own, or that of the step's reward model. */
  dataset: {
    id: string
    name: string
    contentHash: string
    pairCount: number
    comparisonCount: number
    rankings: number
    annotators: number
  } | null
}

const dataset = {
  id: true,
  name: true,
  contentHash: true,
  pairCount: true,
  comparisonCount: true,
  annotatorCount: true,
} as const
const model = { id: true, name: true, version: true, kind: true } as const

/** The version itself first, then its parents, each with its run, reward model and dataset; the root is last. */
export async function lineageOf(where: { id: string; workspaceId: string }): Promise<LineageStep[]> {
  const steps: LineageStep[] = []
  let id: string | null = where.id
  while (id && !steps.some((step) => step.model.id === id)) {
    const found = await versionWithRun(id, where.workspaceId)
    if (!found) break
    const { run, parentId, ...version } = found
    const source = run?.dataset ?? run?.reward?.run?.dataset ?? null
    steps.push({
      model: version,
      run: run && { id: run.id, name: run.name, kind: run.kind, finishedAt: run.finishedAt },
      reward: run?.reward ? { id: run.reward.id, name: run.reward.name, version: run.reward.version } : null,
      dataset: source && (await withRankings(source)),
    })
    id = parentId
  }
  return steps
}

function versionWithRun(id: string, workspaceId: string) {
  return db.modelVersion.findFirst({
    where: { id, workspaceId },
    select: {
      ...model,
      parentId: true,
      run: {
        select: {
          id: true,
          name: true,
          kind: true,
          finishedAt: true,
          dataset: { select: dataset },
          reward: {
            select: {
              id: true,
              name: true,
              version: true,
              run: { select: { dataset: { select: dataset } } },
            },
          },
        },
      },
    },
  })
}

async function withRankings({
  annotatorCount,
  ...rest
}: Omit<NonNullable<LineageStep['dataset']>, 'rankings' | 'annotators'> & { annotatorCount: number }) {
  const [counted] = await db.$queryRaw<{ rankings: number }[]>`
    select count(distinct "rankingId")::int as "rankings" from "PreferencePair" where "datasetId" = ${rest.id}`
  return { ...rest, rankings: counted?.rankings ?? 0, annotators: annotatorCount }
}
