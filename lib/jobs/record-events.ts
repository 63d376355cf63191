import { setTimeout as pause } from 'node:timers/promises'
import type { TrainerEvent } from '#trainer/events.ts'
import { type Database, db, Prisma } from '../db.ts'
import { log } from '../log.ts'
import { storable } from './storable.ts'

/** A run as held by one worker: `attempt` is its fencing token, higher for every claim. */
export interface HeldRun {
  id: string
  attempt: number
}

/** Another worker has claimed the run, or it was removed: whoever gets this must stop touching it. */
export class RunLost extends Error {
  constructor(run: HeldRun) {
    super(`run ${run.id} is no longer held by attempt ${run.attempt}`)
    this.name = 'RunLost'
  }
}

export const runChannel = 'whetstone_run'

/** Wakes those who watch the run, when the transaction commits. */
export async function notifyRun(tx: Database, runId: string): Promise<void> {
  await tx.$executeRaw`select pg_notify(${runChannel}, ${runId})`
}

export interface Recorder {
  /** Takes an event; waits only when the database is behind. Rejects with RunLost or the error of an earlier write. */
  add(event: TrainerEvent): Promise<void>
  /** Writes what is left. */
  close(): Promise<void>
}

const batchMilliseconds = 250
const batchEvents = 100

/**
 * Writes step, sample, checkpoint, log and alarm events to Postgres in batches of at most 250 ms or 100 events. A step recorded
 * before (a resumed run repeats those after its checkpoint, bit for bit) is left as it is. A rollback removes what was recorded
 * of later steps, which the run will take again in another way. Without `logs`, nothing is written into the run's log.
 */
export function recordEvents(run: HeldRun, { logs = true }: { logs?: boolean } = {}): Recorder {
  let waiting: TrainerEvent[] = []
  let writing: Promise<void> = Promise.resolve()
  let failure: unknown
  let timer: NodeJS.Timeout | undefined
  const samplesOfStep = new Map<number, number>()

  const nextIndex = (step: number) => {
    const index = samplesOfStep.get(step) ?? 0
    samplesOfStep.set(step, index + 1)
    return index
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batch = waiting
    waiting = []
    if (batch.length > 0) {
      const rows = rowsOf(run, batch, { nextIndex, logs })
      writing = writing.then(() => patiently(() => write(run, rows)))
      writing.catch((error) => {
        failure ??= error
      })
    }
    return writing
  }

  return {
    async add(event) {
      if (failure) throw failure
      if (event.type === 'rollback') {
        // What came before is written before it removes some of that.
        await flush()
        for (const step of samplesOfStep.keys()) if (step > event.step) samplesOfStep.delete(step)
        waiting.push(event)
        return flush()
      }
      waiting.push(event)
      if (waiting.length >= batchEvents) await flush()
      else timer ??= setTimeout(flush, batchMilliseconds)
    },
    close: flush,
  }
}

function rowsOf(
  run: HeldRun,
  batch: TrainerEvent[],
  { nextIndex, logs }: { nextIndex: (step: number) => number; logs: boolean },
) {
  const of = <T extends TrainerEvent['type']>(type: T) =>
    batch.filter((event): event is Extract<TrainerEvent, { type: T }> => event.type === type)
  const runId = run.id
  return {
    last: of('step').at(-1),
    steps: of('step').map(({ step, metrics }) => ({ runId, step, metrics })),
    samples: of('sample').map((event) => ({
      runId,
      step: event.step,
      index: nextIndex(event.step),
      prompt: storable(event.prompt),
      completion: storable(event.completion),
      scores: event.scores,
      tokens: event.tokens?.map(storable) ?? Prisma.DbNull,
      kl: event.kl ?? Prisma.DbNull,
    })),
    checkpoints: of('checkpoint').map(({ step, path, sha256 }) => ({ runId, step, path, sha256 })),
    logs: (logs ? batch : []).flatMap((event) => logOf(event).map((row) => ({ runId, ...row }))),
    rollback: of('rollback').at(-1),
  }
}

/** What a person reads of an event in the run's log: a message, an alarm with its metric, or that the run went back. */
function logOf(event: TrainerEvent): { level: string; message: string }[] {
  if (event.type === 'log') return [{ level: event.level, message: storable(event.message) }]
  if (event.type === 'alarm')
    return [{ level: 'warn', message: `${event.kind} at step ${event.step}: ${storable(event.message)}` }]
  if (event.type === 'rollback') return [{ level: 'warn', message: storable(event.message) }]
  return []
}

async function write(run: HeldRun, rows: ReturnType<typeof rowsOf>): Promise<void> {
  const { last, steps, samples, checkpoints, logs, rollback } = rows
  await db.$transaction(async (tx) => {
    const held = await tx.run.updateMany({
      where: { id: run.id, attempts: run.attempt, status: { in: ['RUNNING', 'STOPPING'] } },
      data: {
        attempts: run.attempt,
        ...(last ? { step: last.step, totalSteps: last.total } : {}),
        ...(rollback ? { step: rollback.step } : {}),
        ...machineOf(logs.map(({ message }) => message)),
      },
    })
    if (held.count === 0) throw new RunLost(run)
    if (rollback) {
      const where = { runId: run.id, step: { gt: rollback.step } }
      await tx.runStep.deleteMany({ where })
      await tx.sample.deleteMany({ where })
      await tx.checkpoint.deleteMany({ where })
    }
    if (steps.length > 0) await tx.runStep.createMany({ data: steps, skipDuplicates: true })
    if (samples.length > 0) await tx.sample.createMany({ data: samples, skipDuplicates: true })
    if (checkpoints.length > 0) await tx.checkpoint.createMany({ data: checkpoints, skipDuplicates: true })
    if (logs.length > 0) await tx.runLog.createMany({ data: logs })
    await notifyRun(tx, run.id)
  })
}

const patienceMilliseconds = 30_000

/** A database that restarts is away for seconds; a run of hours should wait for it. */
async function patiently(attempt: () => Promise<void>): Promise<void> {
  const end = Date.now() + patienceMilliseconds
  for (let wait = 250; ; wait = Math.min(2 * wait, 4000)) {
    try {
      return await attempt()
    } catch (error) {
      if (error instanceof RunLost || Date.now() + wait > end) throw error
      log().warn({ err: error }, 'events could not be written, trying again')
      await pause(wait)
    }
  }
}

/** What the trainer computes on: its first log line is `engine <name> <version> <precision> on <device>`. */
function machineOf(messages: string[]): { engine?: string; device?: string } {
  const said = messages
    .map((message) => /^engine (\S+ \S+ \S+) on (.+)$/.exec(message))
    .find((match) => match)
  return said ? { engine: said[1]!, device: said[2]! } : {}
}
