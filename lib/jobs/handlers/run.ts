import type { RunKind } from '#prisma/client/enums.ts'
import { db } from '../../db.ts'
import { log } from '../../log.ts'
import { beat, endRun, releaseRun } from '../claim.ts'
import { describeFailure } from '../failure.ts'
import { type HeldRun, RunLost } from '../record-events.ts'
import { type Control, type RunContext, RunStopped, runContext } from './context.ts'
import { evaluate } from './evaluate.ts'
import { generate } from './generate.ts'
import { score } from './score.ts'
import { train } from './train.ts'

const beatMilliseconds = 1000

/** What carries out a kind of run; all other kinds end in a model version. */
const handlers: Partial<Record<RunKind, (context: RunContext) => Promise<void>>> = {
  EVALUATE: evaluate,
  GENERATE: generate,
  SCORE: score,
}

/** Carries a claimed run to its end. `shutdown` is the end of this worker: the run then waits for the next one. */
export async function executeRun(held: HeldRun, shutdown: AbortSignal): Promise<void> {
  const run = await db.run.findUniqueOrThrow({ where: { id: held.id } })
  const control: Control = { stopping: run.status === 'STOPPING' || shutdown.aborted, trainer: null }
  let requested = run.status === 'STOPPING'
  let lost: RunLost | undefined

  const stop = () => {
    control.stopping = true
    control.trainer?.stop()
  }
  const kill = (reason: RunLost) => {
    lost = reason
    control.stopping = true
    control.trainer?.kill()
  }
  const tick = async () => {
    try {
      if ((await beat(held)) === 'STOPPING' && !requested) {
        requested = true
        stop()
      }
    } catch (error) {
      if (error instanceof RunLost) kill(error)
      else log().error({ err: error, run: run.id }, 'heartbeat')
    }
  }
  let ticking = Promise.resolve()
  const pulse = setInterval(() => {
    ticking = ticking.then(tick)
  }, beatMilliseconds)
  shutdown.addEventListener('abort', stop)

  try {
    const context = runContext(run, held, control)
    await (handlers[run.kind] ?? train)(context)
    log().info({ run: run.id, kind: run.kind }, 'run succeeded')
  } catch (error) {
    if (lost ?? error instanceof RunLost) {
      log().warn({ run: run.id, attempt: held.attempt }, 'run lost to another worker')
    } else if (error instanceof RunStopped) {
      if (shutdown.aborted && !requested) await releaseRun(held)
      else await endRun(db, held, { status: 'STOPPED' })
    } else {
      log().error({ err: error, run: run.id, kind: run.kind }, 'run failed')
      await endRun(db, held, { status: 'FAILED', ...describeFailure(error) })
    }
  } finally {
    clearInterval(pulse)
    shutdown.removeEventListener('abort', stop)
    await ticking
  }
}
