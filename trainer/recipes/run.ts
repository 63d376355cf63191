import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import * as tf from '@tensorflow/tfjs-core'
import { runningEngine } from '#trainer/engine/start.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { Artifact, CheckpointEvent, LogEvent, TrainerEvent } from '#trainer/events.ts'
import {
  type Checkpoint,
  explainFullDisk,
  latestCheckpoint,
  saveCheckpoint,
  sha256OfFile,
} from '#trainer/io/checkpoint.ts'
import { type Model, saveModel } from '#trainer/io/model-folder.ts'
import { readSafetensors, writeSafetensors } from '#trainer/io/safetensors.ts'
import type { Adam, NamedTensor } from '#trainer/nn/adam.ts'
import { fusedKernels } from '#trainer/nn/fused.ts'
import type { Parameters } from '#trainer/nn/transformer.ts'

/** Where a recipe runs: its folder, whether it continues, and whether it was asked to stop. */
export interface Run {
  out: string
  resume: boolean
  stopRequested(): boolean
  /** Why the run went back to a checkpoint, if it did; set by `recovering` and kept in every checkpoint since. */
  rolledBack?: string
  /** Set by `recovering` for the attempt after the one that diverged: what led to diverging is not counted again. */
  goesBack?: boolean
}

/** What a recipe trains: everything that a checkpoint must hold for bit-exact continuation. */
export interface Trained {
  models: Record<string, Model>
  optimisers: Record<string, Adam>
  /** What decides which data each step learns from and at which rate: a run may only resume with the same. */
  order: Record<string, number | string>
}

/** What computes; of other values the sums differ in their last bits. */
function computesWith(): Record<string, number | string> {
  const running = runningEngine()
  if (!running) return {}
  const { name, version, precision, device, threads } = running
  return { engine: name, version, precision, device, ...(threads && { threads }) }
}

interface SavedState<State> {
  order: Trained['order']
  /** Absent from older checkpoints. */
  computed?: Record<string, number | string>
  /** Absent where the run never went back. */
  rolledBack?: string
  state: State
}

const readState = <State>({ path }: Checkpoint) =>
  JSON.parse(readFileSync(join(path, 'state.json'), 'utf8')) as SavedState<State>

/** A warning where the checkpoint was computed in another way than this process computes. */
function otherComputation(checkpoint: Checkpoint): LogEvent[] {
  const { computed = {} } = readState(checkpoint)
  const changes = Object.entries(computesWith()).flatMap(([name, now]) => {
    const before = computed[name]
    // 0 threads: it was not known how many.
    return before === undefined || before === 0 || before === now
      ? []
      : [`${name} ${now} instead of ${before}`]
  })
  if (changes.length === 0) return []
  const message = `the weights will not be those of a run without a stop, bit for bit: ${changes.join(', ')}`
  return [{ type: 'log', level: 'warn', message }]
}

/** A warning where the spec asks for what the engine lacks. */
export function unsupported(spec: { activationCheckpointing: boolean }): LogEvent[] {
  if (!spec.activationCheckpointing || fusedKernels()) return []
  const message = `activationCheckpointing has no effect: the engine "${tf.getBackend()}" keeps what each layer computed`
  return [{ type: 'log', level: 'warn', message }]
}

/**
 * The newest whole checkpoint when the run resumes, null when it begins, and warnings about damaged ones and about one that
 * another engine, version, precision, device or number of threads computed.
 * Throws OUT_NOT_EMPTY when a run that does not resume would overwrite checkpoints.
 */
export function findCheckpoint(run: Run): { checkpoint: Checkpoint | null; logs: LogEvent[] } {
  const folder = join(run.out, 'checkpoints')
  if (!run.resume) {
    if (existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('step-')))
      throw new WhetstoneError(
        'OUT_NOT_EMPTY',
        `${folder} has checkpoints of an earlier run`,
        'Give --resume to continue it, or another --out.',
      )
    return { checkpoint: null, logs: [] }
  }
  const { checkpoint, refused } = latestCheckpoint(folder)
  const logs: LogEvent[] = refused.map((reason) => ({
    type: 'log',
    level: 'warn',
    message: `passed over ${reason}`,
  }))
  const message = checkpoint
    ? `continuing after step ${checkpoint.step}`
    : 'no checkpoint, starting from the beginning'
  logs.push({ type: 'log', level: 'info', message })
  if (checkpoint) logs.push(...otherComputation(checkpoint))
  return { checkpoint, logs }
}

/**
 * Writes models, optimisers and state into DIR/checkpoints. Throws DIVERGED instead of saving parameters that are not finite or
 * whose sum of squares overflows, and DISK_FULL.
 */
export async function checkpointEvent(
  run: Run,
  step: number,
  { models, optimisers, order }: Trained,
  state: unknown,
  lastGood: Checkpoint | null,
): Promise<{ event: CheckpointEvent; checkpoint: Checkpoint }> {
  for (const [name, model] of Object.entries(models)) checkFinite(name, model.parameters, step, lastGood)
  const checkpoint = await saveCheckpoint(join(run.out, 'checkpoints'), {
    step,
    write: async (folder) => {
      for (const [name, model] of Object.entries(models)) await saveModel(join(folder, name), model)
      for (const [name, adam] of Object.entries(optimisers))
        writeSafetensors(join(folder, `${name}.adam.safetensors`), adam.exportState())
      const { rolledBack } = run
      const saved: SavedState<unknown> = { order, computed: computesWith(), rolledBack, state }
      writeFileSync(join(folder, 'state.json'), `${JSON.stringify(saved)}\n`)
    },
  })
  return { event: { type: 'checkpoint', ...checkpoint }, checkpoint }
}

/**
 * The state of a checkpoint, its optimisers' moments put back; the models themselves are loaded by the recipe.
 * Throws CHECKPOINT_MISMATCH when the data (by their sha256), the settings that order them or the number of steps have changed since.
 */
export function restore<State>(checkpoint: Checkpoint, { optimisers, order }: Trained): State {
  const saved = readState<State>(checkpoint)
  for (const [name, value] of Object.entries(order))
    if (saved.order[name] !== value)
      throw new WhetstoneError(
        'CHECKPOINT_MISMATCH',
        `${name} is ${value}, but was ${saved.order[name]} when ${checkpoint.path} was written`,
        'Resume with the data and the settings that the run began with.',
      )
  for (const [name, adam] of Object.entries(optimisers)) {
    const { tensors } = readSafetensors(join(checkpoint.path, `${name}.adam.safetensors`))
    adam.importState(tensors as Map<string, NamedTensor>)
  }
  return saved.state
}

/** The sha256 of tokenised data, in hex; in parts, since all of it may be longer than the longest string. */
export function sha256OfData(items: Iterable<unknown>): string {
  const hash = createHash('sha256')
  for (const item of items) hash.update(`${JSON.stringify(item)}\n`)
  return hash.digest('hex')
}

/** Saves a trained model as DIR/<folder>, in the precision that its files had, and describes it. Throws as `checkpointEvent`. */
export async function saveArtifact(
  run: Run,
  folder: string,
  model: Model,
  { step, lastGood }: { step: number; lastGood: Checkpoint | null },
): Promise<Artifact> {
  checkFinite(folder, model.parameters, step, lastGood)
  const path = join(run.out, folder)
  await explainFullDisk(path, () => saveModel(path, model, { precision: 'keep' }))
  return { kind: model.kind, path, sha256: sha256OfFile(join(path, 'model.safetensors')) }
}

/** Lets signals and other events in, then says whether the run was asked to stop. */
export async function shouldStop(run: Run): Promise<boolean> {
  await setImmediate()
  return run.stopRequested()
}

interface Recoverable {
  rollback: boolean
  learningRate: number
  valueLearningRate?: number
  /** TRPO's trust region, which is what limits the step of its policy. */
  delta?: number
}

/** Keeps in mind what the recipe made, to dispose of it when the recipe ends in whatever way; returns it. */
export type Open = <Thing extends { dispose(): void }>(thing: Thing) => Thing

/** A recipe at the end of which, in whatever way it comes, all that it opened is disposed of. */
export function closing<Spec>(
  recipe: (spec: Spec, run: Run, open: Open) => AsyncGenerator<TrainerEvent>,
): (spec: Spec, run: Run) => AsyncGenerator<TrainerEvent> {
  return async function* (spec, run) {
    const things: { dispose(): void }[] = []
    try {
      yield* recipe(spec, run, (thing) => {
        things.push(thing)
        return thing
      })
    } finally {
      for (const thing of things.reverse()) thing.dispose()
    }
  }
}

/**
 * A recipe that, when it diverges, goes back to its last whole checkpoint once, with half the learning rate and trust region; diverging again, it
 * fails. Checkpoints since then say so: a run resumed from one goes on with that learning rate, and one resumed from before
 * diverges and goes back as it did the first time.
 */
export function recovering<Spec extends Recoverable>(
  recipe: (spec: Spec, run: Run, open: Open) => AsyncGenerator<TrainerEvent>,
): (spec: Spec, run: Run) => AsyncGenerator<TrainerEvent> {
  const attempt = closing(recipe)
  return async function* (spec, run) {
    const slower = {
      ...spec,
      learningRate: spec.learningRate / 2,
      ...(spec.valueLearningRate && { valueLearningRate: spec.valueLearningRate / 2 }),
      ...(spec.delta && { delta: spec.delta / 2 }),
    }
    const folder = join(run.out, 'checkpoints')
    const newest = run.resume ? latestCheckpoint(folder).checkpoint : null
    const earlier = newest && readState(newest).rolledBack
    if (earlier) {
      yield* attempt(slower, { ...run, rolledBack: earlier, stopRequested: () => run.stopRequested() })
      return
    }
    const kept = new Set(Object.keys(tf.engine().registeredVariables))
    try {
      yield* attempt(spec, run)
      return
    } catch (error) {
      const checkpoint = spec.rollback ? latestCheckpoint(folder).checkpoint : null
      if (!(error instanceof WhetstoneError && error.code === 'DIVERGED') || !checkpoint) throw error
      for (const [name, variable] of Object.entries(tf.engine().registeredVariables))
        if (!kept.has(name)) variable.dispose()
      const { step } = checkpoint
      const rolledBack = error.message
      yield {
        type: 'rollback',
        step,
        message: `${rolledBack}: going back to step ${step} with half the learning rate${spec.delta ? ' and half of δ' : ''}, once`,
      }
      yield* attempt(slower, {
        ...run,
        ...{ resume: true, goesBack: true, rolledBack, stopRequested: () => run.stopRequested() },
      })
    }
  }
}

/** The error of a run that can no longer learn. */
export function diverged(what: string, step: number, lastGood: Checkpoint | null): WhetstoneError {
  const kept = lastGood
    ? `The last good checkpoint is ${lastGood.path}.`
    : 'There was no checkpoint yet: nothing is lost but this run.'
  return new WhetstoneError(
    'DIVERGED',
    `${what} at step ${step}`,
    `Lower the learning rate or clip gradients. ${kept}`,
  )
}

/** The metrics of a step. Throws DIVERGED when one is not a finite number. */
export function finite(
  metrics: Record<string, number>,
  step: number,
  lastGood: Checkpoint | null,
): Record<string, number> {
  for (const [name, value] of Object.entries(metrics))
    if (!Number.isFinite(value)) throw diverged(`${name} is ${value}`, step, lastGood)
  return metrics
}

function checkFinite(name: string, parameters: Parameters, step: number, lastGood: Checkpoint | null): void {
  const squares = tf.tidy(() => {
    const sums = [...parameters.values()].map((variable) => tf.sum(tf.square(variable)) as tf.Scalar)
    return tf.sum(tf.stack(sums)).dataSync()[0]!
  })
  if (!Number.isFinite(squares)) throw diverged(`the parameters of ${name} are not finite`, step, lastGood)
}
