import { type Database, db, type Prisma } from '../db.ts'
import { enqueue } from './queue.ts'
import { type HeldRun, notifyRun, RunLost } from './record-events.ts'

/** A worker that has not been heard of for so long is taken for dead: many times its heartbeat's second. */
export const defaultStaleSeconds = 15

/**
 * Takes a run for this worker: one that is queued, or one whose worker has not been heard of for `staleSeconds` by the
 * clock of the database. Null when it is somebody else's, or over.
 */
export async function claimRun(id: string, staleSeconds: number): Promise<HeldRun | null> {
  const [claimed] = await db.$queryRaw<{ attempts: number }[]>`
    update "Run"
       set "status" = case when "status" = 'STOPPING' then "status" else 'RUNNING' end,
           "attempts" = "attempts" + 1,
           "heartbeatAt" = now() at time zone 'utc',
           "startedAt" = coalesce("startedAt", now() at time zone 'utc'),
           "finishedAt" = null, "errorCode" = null, "errorMessage" = null, "errorHint" = null
     where "id" = ${id}
       and ("status" = 'QUEUED' or ("status" in ('RUNNING', 'STOPPING') and
            "heartbeatAt" < now() at time zone 'utc' - make_interval(secs => ${staleSeconds})))
    returning "attempts"`
  if (!claimed) return null
  await notifyRun(db, id)
  return { id, attempt: claimed.attempts }
}

/** A run whose worker has not been heard of for `staleSeconds`, the oldest first. */
export async function findSilent(staleSeconds: number): Promise<string | null> {
  const [run] = await db.$queryRaw<{ id: string }[]>`
    select "id" from "Run"
     where "status" in ('RUNNING', 'STOPPING') and
           "heartbeatAt" < now() at time zone 'utc' - make_interval(secs => ${staleSeconds})
     order by "createdAt" limit 1`
  return run?.id ?? null
}

/** A queued run whose job was lost. To be asked only when there is no job, since a run that waits for its turn has one. */
export async function findForgotten(): Promise<string | null> {
  const [run] = await db.$queryRaw<{ id: string }[]>`
    select "id" from "Run"
     where "status" = 'QUEUED' and "createdAt" < now() at time zone 'utc' - interval '1 minute'
     order by "createdAt" limit 1`
  return run?.id ?? null
}

/**
 * Ends, as stopped, a run whose worker has not been heard of for `staleSeconds`; returns whether it was one. Should that
 * worker live after all, its next heartbeat or write finds the run over and is refused.
 */
export async function stopSilent(
  tx: Database,
  where: { id: string; workspaceId: string },
  staleSeconds: number,
): Promise<boolean> {
  const stopped = await tx.$executeRaw`
    update "Run"
       set "status" = 'STOPPED', "finishedAt" = now() at time zone 'utc', "heartbeatAt" = null
     where "id" = ${where.id} and "workspaceId" = ${where.workspaceId}
       and "status" in ('RUNNING', 'STOPPING')
       and "heartbeatAt" < now() at time zone 'utc' - make_interval(secs => ${staleSeconds})`
  return stopped > 0
}

/** Says that this worker lives; returns whether people want the run to stop. @throws RunLost */
export async function beat(run: HeldRun): Promise<'RUNNING' | 'STOPPING'> {
  const [held] = await db.$queryRaw<{ status: 'RUNNING' | 'STOPPING' }[]>`
    update "Run" set "heartbeatAt" = now() at time zone 'utc'
     where "id" = ${run.id} and "attempts" = ${run.attempt} and "status" in ('RUNNING', 'STOPPING')
    returning "status"::text`
  if (!held) throw new RunLost(run)
  return held.status
}

/** Ends a run in the transaction that keeps its results. @throws RunLost when another worker has it. */
export async function endRun(
  tx: Prisma.TransactionClient,
  run: HeldRun,
  data: Pick<
    Prisma.RunUncheckedUpdateManyInput,
    'status' | 'summary' | 'errorCode' | 'errorMessage' | 'errorHint'
  >,
): Promise<void> {
  const ended = await tx.run.updateMany({
    where: { id: run.id, attempts: run.attempt, status: { in: ['RUNNING', 'STOPPING'] } },
    data: { ...data, finishedAt: new Date(), heartbeatAt: null },
  })
  if (ended.count === 0) throw new RunLost(run)
  await notifyRun(tx, run.id)
}

/** Puts a run back for another worker, when this one is asked to end. */
export async function releaseRun(run: HeldRun): Promise<void> {
  await db.$transaction(async (tx) => {
    const released = await tx.run.updateMany({
      where: { id: run.id, attempts: run.attempt, status: 'RUNNING' },
      data: { status: 'QUEUED', heartbeatAt: null },
    })
    if (released.count === 0) throw new RunLost(run)
    await enqueue('run', { runId: run.id }, tx)
    await notifyRun(tx, run.id)
  })
}
