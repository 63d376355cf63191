import { z } from 'zod'
import type { RunStatus } from '#prisma/client/enums.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'
import { markOf } from './marks.ts'
import { listenToRun } from './notifications.ts'
import { activeStatuses } from './run-row.ts'
import { type SampleRow, sampleSelect } from './samples.ts'
import type { StepRow } from './show-run.ts'

export const watchRunInput = z.strictObject({
  id: z.string(),
  /** Only steps and samples of later steps; without it, from the first. */
  after: z.coerce.number().int().min(-1).default(-1),
  /** Only logs of later ids; without it, only those written from now on. */
  log: z.coerce.number().int().min(0).optional(),
})

export interface RunState {
  status: RunStatus
  step: number
  totalSteps: number | null
  attempts: number
  startedAt: Date | null
  finishedAt: Date | null
  errorCode: string | null
  errorMessage: string | null
  errorHint: string | null
  modelVersions: { id: string; name: string; version: number; kind: 'POLICY' | 'REWARD' }[]
}

/** `cursor` tells where to go on after everything up to this event was seen: the inputs `after` and `log`. */
export type RunEvent = { cursor: string } & (
  | { event: 'step'; data: StepRow }
  | { event: 'status'; data: RunState }
  | { event: 'sample'; data: SampleRow }
  | { event: 'log'; data: { id: number; level: string; message: string; createdAt: Date } }
)

const batch = 500
/** Notifications are quick but may be lost with their connection; this often it looks anyway. */
const lookMilliseconds = 5000

const stateSelect = {
  status: true,
  step: true,
  totalSteps: true,
  attempts: true,
  startedAt: true,
  finishedAt: true,
  errorCode: true,
  errorMessage: true,
  errorHint: true,
  modelVersions: { select: { id: true, name: true, version: true, kind: true } },
} as const

/**
 * What happens in a run from now on: first what is new since `after`, then each change as it is recorded. It ends after the
 * run has, or when `signal` aborts.
 * @throws WhetstoneError NOT_FOUND, before the first event
 */
export async function watchRun(
  actor: Actor,
  input: z.output<typeof watchRunInput>,
  signal: AbortSignal,
): Promise<AsyncGenerator<RunEvent>> {
  authorise(actor, 'run.show')
  const { id, after } = input
  const run = await db.run.findFirst({ where: { id, workspaceId: actor.workspaceId }, select: { id: true } })
  if (!run) throw notFound('run', id)
  const newest = await db.runLog.aggregate({ where: { runId: id }, _max: { id: true } })
  return follow(id, { step: after, sampleStep: after, log: input.log ?? newest._max.id ?? 0 }, signal)
}

interface Position {
  step: number
  sampleStep: number
  log: number
}

async function* follow(runId: string, seen: Position, signal: AbortSignal): AsyncGenerator<RunEvent> {
  const listener = await listenToRun(runId, signal)
  let sampleId = 0
  let told = ''
  try {
    while (!signal.aborted) {
      listener.arm()
      // The state is read first: when it says that the run is over, everything below is complete.
      const state = await db.run.findUniqueOrThrow({ where: { id: runId }, select: stateSelect })
      const cursor = () => `${seen.step}.${seen.log}`
      for (let full = true; full && !signal.aborted; ) {
        const [logs, samples, steps] = await Promise.all([
          db.runLog.findMany({
            where: { runId, id: { gt: seen.log } },
            orderBy: { id: 'asc' },
            take: batch,
            select: { id: true, level: true, message: true, createdAt: true },
          }),
          db.sample.findMany({
            where: { runId, id: { gt: sampleId }, step: { gt: seen.sampleStep } },
            orderBy: { id: 'asc' },
            take: batch,
            select: { ...sampleSelect, id: true },
          }),
          db.runStep.findMany({
            where: { runId, step: { gt: seen.step } },
            orderBy: { step: 'asc' },
            take: batch,
            select: { step: true, metrics: true },
          }),
        ])
        let wentBack = false
        for (const log of logs) {
          seen.log = log.id
          const mark = markOf(log)
          if (mark?.kind === 'rollback') {
            wentBack = true
            seen.step = Math.min(seen.step, mark.step)
            seen.sampleStep = Math.min(seen.sampleStep, mark.step)
          }
          yield { event: 'log', data: log, cursor: cursor() }
        }
        // What was read of steps may be from before the run went back.
        if (wentBack) continue
        for (const { id, ...sample } of samples) {
          sampleId = id
          yield { event: 'sample', data: sample as SampleRow, cursor: cursor() }
        }
        for (const step of steps) {
          seen.step = step.step
          yield { event: 'step', data: step as StepRow, cursor: cursor() }
        }
        full = [logs, samples, steps].some((rows) => rows.length === batch)
      }
      const text = JSON.stringify(state)
      if (text !== told) yield { event: 'status', data: state, cursor: cursor() }
      told = text
      if (!(activeStatuses as readonly string[]).includes(state.status)) return
      await listener.changed(lookMilliseconds)
    }
  } finally {
    await listener.close()
  }
}
