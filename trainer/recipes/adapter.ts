import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import type { Artifact, LogEvent } from '#trainer/events.ts'
import { isAdapterFolder, openAdapter, saveAdapter } from '#trainer/io/adapter-folder.ts'
import { type Checkpoint, explainFullDisk } from '#trainer/io/checkpoint.ts'
import { loadModel, type Model, mergedModel } from '#trainer/io/model-folder.ts'
import type { Adam } from '#trainer/nn/adam.ts'
import type { LoraConfig } from '#trainer/nn/blocks.ts'
import { addLora, isTrainable } from '#trainer/nn/lora.ts'
import type { Parameters } from '#trainer/nn/transformer.ts'
import { diverged, type Run, saveArtifact } from './run.ts'

/** Runs in which only a low-rank adapter and a scalar head learn: their checkpoints hold these alone, the base comes from where it came from. */

/** Gives the model a fresh adapter, beside which only scalar heads learn from now on. Throws INVALID_ADAPTER. */
export function adapt(model: Model, lora: LoraConfig, seed: number): void {
  model.config = addLora(model.config, model.parameters, lora, seed)
  model.trainable = new Map([...model.parameters].filter(([name]) => isTrainable(model.config, name)))
}

/**
 * A model that learns: the whole one of a checkpoint, or that of its start, which with `lora` gets a fresh adapter where it came without
 * one; and what is to be said of it. With `lora` its body is one in memory with that of every other model from the same folder that
 * asks so. Throws INVALID_ADAPTER, CHECKPOINT_MISMATCH where a run resumes with `lora` that began without, and as `loadModel`.
 */
export async function openLearner(
  lora: LoraConfig | undefined,
  { saved, start, kind, seed, headSeed }: Beginning,
): Promise<{ model: Model; logs: LogEvent[] }> {
  if (saved && lora)
    throw new WhetstoneError(
      'CHECKPOINT_MISMATCH',
      `lora is set, but the run learned the whole ${kind} model when ${saved} was written`,
      'Resume without lora, as the run began.',
    )
  if (saved) return { model: await loadModel(saved, kind), logs: [] }
  const model = await loadModel(start, kind, { seed: headSeed, shareBase: lora !== undefined })
  return { model, logs: adaptOnce(model, lora, seed) }
}

interface Beginning {
  /** The folder of the whole model in a checkpoint, if there is one: see `wholeModel`. */
  saved: string | null
  start: string
  kind: 'policy' | 'value'
  /** Keys what is drawn of the adapter. */
  seed: number
  /** Keys a fresh head, where the folder has none. */
  headSeed?: number
}

/** Gives the model an adapter where one is asked for; one that came with its own goes on with that, and a warning says so. */
export function adaptOnce(model: Model, lora: LoraConfig | undefined, seed: number): LogEvent[] {
  const own = model.config.adapter
  if (lora && !own) adapt(model, lora, seed)
  if (!lora || !own) return []
  const message = `the ${model.kind} model comes with an adapter of rank ${own.rank} and alpha ${own.alpha}, which learns on: lora of rank ${lora.rank} and alpha ${lora.alpha} is not added`
  return [{ type: 'log', level: 'warn', message }]
}

/** The folder of the whole model of that name in a checkpoint, null where it holds an adapter only or there is none. */
export function wholeModel(checkpoint: Checkpoint | null, name: string): string | null {
  const folder = checkpoint && join(checkpoint.path, name)
  return folder && existsSync(folder) ? folder : null
}

/** The optimiser with the parameters that it moves in its state, so that a checkpoint of it is one of the adapter. Exporting throws DIVERGED. */
export function carrying(adam: Adam, parameters: Parameters): Adam {
  const prefix = 'parameter.'
  return {
    get steps() {
      return adam.steps
    },
    step: (gradients, learningRate) => adam.step(gradients, learningRate),
    exportState() {
      const state = adam.exportState()
      for (const [name, variable] of parameters) {
        const values = (variable.dataSync() as Float32Array).slice()
        if (!values.every(Number.isFinite)) throw diverged(`${name} is not finite`, adam.steps, null)
        state.set(prefix + name, { shape: variable.shape, values })
      }
      return state
    },
    importState(state) {
      adam.importState(state)
      for (const [name, variable] of parameters) {
        const kept = state.get(prefix + name)
        if (kept?.shape.join() !== variable.shape.join())
          throw new WhetstoneError(
            'CHECKPOINT_MISMATCH',
            `the checkpoint has ${name} as [${kept?.shape ?? 'nothing'}], expected [${variable.shape}]`,
            'Resume with the settings of lora and heads that the run began with.',
          )
        tf.tidy(() => variable.assign(tf.tensor(kept!.values, variable.shape)))
      }
    },
    dispose: () => adam.dispose(),
  }
}

/** The sha256 of the first numbers of every parameter that stays as it is, in hex: tells whether a run resumes on the base it began with. */
export function fingerprint({ parameters, trainable }: Model): string {
  const hash = createHash('sha256')
  for (const [name, variable] of parameters) {
    if (trainable.has(name)) continue
    const first = tf.tidy(() =>
      tf.slice(tf.reshape(variable, [-1]), 0, Math.min(64, variable.size)).dataSync(),
    )
    hash.update(name).update(first)
  }
  return hash.digest('hex')
}

/** Saves the model with its adapter merged into the base as DIR/<folder>. Throws as `saveArtifact`. */
export async function saveMerged(
  run: Run,
  folder: string,
  model: Model,
  options: { step: number; lastGood: Checkpoint | null },
): Promise<Artifact> {
  const merged = mergedModel(model)
  try {
    return await saveArtifact(run, folder, merged, options)
  } finally {
    merged.dispose()
  }
}

/**
 * Saves the model as DIR/model: one with an adapter merged, and its adapter alone as DIR/adapter, whose base is that of the folder it was
 * loaded from. Throws as `saveArtifact`.
 */
export async function saveTrained(
  run: Run,
  model: Model,
  { from, ...options }: { from: string | null; step: number; lastGood: Checkpoint | null },
): Promise<{ artifact: Artifact; logs: LogEvent[] }> {
  if (!model.config.adapter || from === null)
    return { artifact: await saveArtifact(run, 'model', model, options), logs: [] }
  const artifact = await saveMerged(run, 'model', model, options)
  const path = join(run.out, 'adapter')
  await explainFullDisk(path, () => saveAdapter(path, model, { base: baseOf(from) }))
  return { artifact, logs: [{ type: 'log', level: 'info', message: `the adapter alone is in ${path}` }] }
}

function baseOf(folder: string): string {
  if (!isAdapterFolder(folder)) return resolve(folder)
  const { base, weights } = openAdapter(folder)
  weights.close()
  return base
}
