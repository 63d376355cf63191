import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from '#prisma/client/client.ts'
import type { RecipeKind, SpecInput } from '#trainer/config.ts'
import type { DoneEvent, TrainerEvent } from '#trainer/events.ts'
import { env } from '../../env.ts'
import { crash, RunFailure } from '../failure.ts'
import { type HeldRun, recordEvents } from '../record-events.ts'
import { earlierEvents, endOrphan, type RunningTrainer, startTrainer } from '../trainer-process.ts'

/** People, or the end of this worker, asked the run to stop before it was done. */
export class RunStopped extends Error {
  constructor() {
    super('the run was asked to stop')
    this.name = 'RunStopped'
  }
}

/** Where a run keeps its spec, data, checkpoints and results. */
export function runFolder(runId: string): string {
  return join(env().home, 'runs', runId)
}

export interface RunContext {
  run: Run
  held: HeldRun
  folder: string
  /**
   * Runs a recipe to its end, recording its events. `stepsBefore` are added to its step numbers, for runs of several recipes.
   * @throws RunFailure with the trainer's own error; RunStopped; RunLost
   */
  train<K extends RecipeKind>(
    recipe: K,
    spec: SpecInput<K>,
    options?: { out?: string; stepsBefore?: number },
  ): Promise<{ done: DoneEvent; steps: number }>
  /** @throws RunStopped between two parts of a run, when it was asked to stop. */
  checkStop(): void
}

export interface Control {
  /** Set before `trainer` is stopped, so that a trainer about to start does not. */
  stopping: boolean
  trainer: RunningTrainer | null
}

export function runContext(run: Run, held: HeldRun, control: Control): RunContext {
  const folder = runFolder(run.id)
  const checkStop = () => {
    if (control.stopping) throw new RunStopped()
  }
  return {
    run,
    held,
    folder,
    checkStop,
    async train(recipe, spec, { out = folder, stepsBefore = 0 } = {}) {
      await mkdir(out, { recursive: true })
      await endOrphan(out)
      checkStop()
      const specFile = join(out, 'spec.json')
      await writeFile(`${specFile}.draft`, JSON.stringify(spec, null, 2))
      await rename(`${specFile}.draft`, specFile)

      await recordEarlier(held, out, stepsBefore)
      const recorder = recordEvents(held)
      const end: { event?: Extract<TrainerEvent, { type: 'done' | 'stopped' | 'error' }>; steps: number } = {
        steps: 0,
      }
      const onEvent = async (event: TrainerEvent) => {
        if (event.type === 'done' || event.type === 'stopped' || event.type === 'error') end.event = event
        else await recorder.add(shift(event, stepsBefore))
        if (event.type === 'step') end.steps = event.total
      }
      const trainer = await startTrainer({ recipe, spec: specFile, out, attempt: held.attempt, onEvent })
      control.trainer = trainer
      // The request may have come while the process was being started.
      if (control.stopping) trainer.stop()
      const exit = await trainer.ended.finally(async () => {
        control.trainer = null
        await recorder.close()
      })
      if (end.event?.type === 'done' && exit.code === 0)
        return { done: end.event, steps: stepsBefore + end.steps }
      if (end.event?.type === 'error') {
        throw new RunFailure(end.event.code, end.event.message, end.event.hint)
      }
      if (end.event?.type === 'stopped' || control.stopping) throw new RunStopped()
      throw crash(exit)
    },
  }
}

/** Records what a killed worker did not; what it did is left as it is. Its logs are not worth the risk of telling twice. */
async function recordEarlier(held: HeldRun, out: string, stepsBefore: number): Promise<void> {
  for await (const events of earlierEvents(out, held.attempt)) {
    const recorder = recordEvents(held, { logs: false })
    for await (const event of events) {
      if (['step', 'sample', 'checkpoint', 'rollback'].includes(event.type)) {
        await recorder.add(shift(event, stepsBefore))
      }
    }
    await recorder.close()
  }
}

function shift<E extends TrainerEvent>(event: E, steps: number): E {
  if (steps === 0 || !('step' in event)) return event
  return 'total' in event
    ? { ...event, step: event.step + steps, total: event.total + steps }
    : { ...event, step: event.step + steps }
}
