import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { notFound } from '../errors.ts'
import { type Mark, marksOf } from './marks.ts'
import { type RunRow, runRowSelect } from './run-row.ts'

export const showRunInput = z.strictObject({ id: z.string() })

export interface StepRow {
  step: number
  metrics: Record<string, number>
}

interface Named {
  id: string
  name: string
}
type Version = Named & { version: number; kind: 'POLICY' | 'REWARD' }

export interface RunDetails extends RunRow {
  config: Record<string, unknown>
  promptFilter: { split?: 'TRAIN' | 'EVAL'; tag?: string; limit?: number } | null
  device: string | null
  errorCode: string | null
  errorHint: string | null
  summary: Record<string, number | string> | null
  heartbeatAt: Date | null
  policy: Version | null
  reward: Version | null
  dataset: Named | null
  parentRun: Named | null
  modelVersions: Version[]
  evaluation: Named | null
  /** At most 2000 of them, evenly thinned; the last is always there. */
  steps: StepRow[]
  /** The last 200, oldest first. */
  logs: { id: number; level: string; message: string; createdAt: Date }[]
  checkpoints: { step: number; createdAt: Date }[]
  /** What its curves are marked with, in the order it happened. */
  marks: Mark[]
}

const version = { select: { id: true, name: true, version: true, kind: true } } as const
const named = { select: { id: true, name: true } } as const
const mostSteps = 2000

/** A run with its curves. @throws WhetstoneError NOT_FOUND */
export async function showRun(actor: Actor, { id }: z.output<typeof showRunInput>): Promise<RunDetails> {
  authorise(actor, 'run.show')
  const run = await db.run.findFirst({
    where: { id, workspaceId: actor.workspaceId },
    select: {
      ...runRowSelect,
      config: true,
      promptFilter: true,
      device: true,
      errorCode: true,
      errorHint: true,
      summary: true,
      heartbeatAt: true,
      policy: version,
      reward: version,
      dataset: named,
      parentRun: named,
      modelVersions: version,
      evaluation: named,
      checkpoints: { select: { step: true, createdAt: true }, orderBy: { step: 'asc' } },
      logs: {
        select: { id: true, level: true, message: true, createdAt: true },
        orderBy: { id: 'desc' },
        take: 200,
      },
    },
  })
  if (!run) throw notFound('run', id)
  return {
    ...run,
    config: run.config as Prisma.JsonObject,
    promptFilter: run.promptFilter as RunDetails['promptFilter'],
    summary: run.summary as RunDetails['summary'],
    logs: run.logs.reverse(),
    steps: await thinnedSteps(id),
    marks: marksOf(await warnings(id)),
  }
}

const mostWarnings = 1000

/** The newest warnings, the oldest of them first: few runs have many, and a mark is one. */
async function warnings(runId: string): Promise<{ message: string }[]> {
  const rows = await db.runLog.findMany({
    where: { runId, level: 'warn' },
    select: { message: true },
    orderBy: { id: 'desc' },
    take: mostWarnings,
  })
  return rows.reverse()
}

async function thinnedSteps(runId: string): Promise<StepRow[]> {
  return db.$queryRaw<StepRow[]>`
    select "step", "metrics"
      from (select "step", "metrics", row_number() over (order by "step" desc) - 1 as "back",
                   ceil(count(*) over () / ${mostSteps}::float8)::int as "every"
              from "RunStep" where "runId" = ${runId}) as numbered
     where "back" % "every" = 0
     order by "step"`
}
