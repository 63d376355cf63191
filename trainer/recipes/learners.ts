import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { PpoSpec } from '#trainer/config.ts'
import type { Artifact, LogEvent } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import type { Adam } from '#trainer/nn/adam.ts'
import { makeVariable, type Parameters } from '#trainer/nn/transformer.ts'
import { carrying, fingerprint, openLearner, saveMerged, saveTrained, wholeModel } from './adapter.ts'
import { type Run, restore, saveArtifact, type Trained } from './run.ts'

/** The models that PPO trains. */
export interface Learners {
  policy: Model
  /** With a shared trunk, its parameters are those of the policy and a head. */
  value: Model
  /** What the policy's loss moves: with a shared trunk the value head too. */
  moved: Parameters
  /** The moving average of the policy, where it is asked for. */
  average: Model | null
  /** What is to be said of how they begin. */
  logs: LogEvent[]
  dispose(): void
}

/**
 * Those of a checkpoint, or of the beginning: the policy, a value model whose head is zero, and an average that is the policy. A model
 * with an adapter is its base again, and what a checkpoint has of the adapter comes back with its optimiser (`restore`).
 */
export async function loadLearners(spec: PpoSpec, checkpoint: Checkpoint | null): Promise<Learners> {
  const { seed, lora } = spec
  const shared = spec.valueModel === 'shared'
  const at = (name: string) => wholeModel(checkpoint, name)
  const { model: policy, logs } = await openLearner(lora, {
    ...{ saved: at('policy'), start: spec.policy, kind: 'policy', seed },
  })
  const start = spec.valueInit === 'reward' && !shared ? spec.reward : spec.policy
  // Another seed: the adapters of policy and value model begin differently.
  const own = await openLearner(lora, {
    ...{ saved: at('value'), start, kind: 'value', seed: seed + 1, headSeed: seed + 1 },
  })
  const value = shared ? onTrunk(policy, own.model) : own.model
  const average = spec.emaDecay > 0 ? await averageOf(policy, at('average')) : null
  return {
    policy,
    value,
    moved: shared ? value.trainable : policy.trainable,
    average,
    logs: shared ? logs : [...logs, ...own.logs],
    dispose() {
      for (const model of [value, average, policy]) model?.dispose()
    },
  }
}

/** A model that is only looked at. With LoRA its body is one in memory with that of every other model from the same folder. */
export function loadFrozen(
  spec: Pick<PpoSpec, 'lora'>,
  folder: string,
  kind: 'policy' | 'reward',
): Promise<Model> {
  return loadModel(folder, kind, { shareBase: spec.lora !== undefined })
}

/** What a checkpoint holds of the learners: a whole model, or of one with an adapter what learns, beside the moments of its optimiser. */
export function savedParts(
  { policy, value, moved, average }: Learners,
  { policyAdam, valueAdam }: { policyAdam: Adam; valueAdam: Adam | null },
): Trained {
  const learned = new Map(moved)
  for (const [name, variable] of average?.trainable ?? []) learned.set(`average.${name}`, variable)
  const whole = Object.entries({ policy, value, average }).filter(
    (entry): entry is [string, Model] => entry[1] !== null && !entry[1].config.adapter,
  )
  const fingerprints = Object.entries({ policy, value }).flatMap(([name, model]) =>
    model.config.adapter ? [[`sha256 of the base of the ${name}`, fingerprint(model)] as const] : [],
  )
  return {
    models: Object.fromEntries(whole),
    optimisers: {
      policy: policy.config.adapter ? carrying(policyAdam, learned) : policyAdam,
      ...(valueAdam && {
        value: value.config.adapter ? carrying(valueAdam, value.trainable) : valueAdam,
      }),
    },
    order: {
      ...(policy.config.adapter && { lora: JSON.stringify(policy.config.adapter) }),
      ...Object.fromEntries(fingerprints),
    },
  }
}

/** Moves all that a run trains back to what it was at a checkpoint of it. Throws as `restore` and `loadModel`. */
export async function returnTo(checkpoint: Checkpoint, trained: Trained): Promise<void> {
  restore(checkpoint, trained)
  for (const [name, model] of Object.entries(trained.models)) {
    const saved = await loadModel(join(checkpoint.path, name), model.kind)
    // A value model's folder lacks the head of words that it has of the policy.
    for (const [parameter, variable] of saved.parameters) model.parameters.get(parameter)!.assign(variable)
    saved.dispose()
  }
}

/**
 * Writes model/, value/ and, where there is an average, model-ema/, adapters merged into their base; the policy's alone as adapter/ too.
 * Throws as `saveTrained`.
 */
export async function saveLearners(
  run: Run,
  { policy, value = null, average = null }: Saved,
  options: { from: string; step: number; lastGood: Checkpoint | null },
): Promise<{ artifacts: Artifact[]; logs: LogEvent[] }> {
  const { artifact, logs } = await saveTrained(run, policy, options)
  const artifacts = [artifact]
  for (const [folder, model] of [['value', value] as const, ['model-ema', average] as const])
    if (model)
      artifacts.push(await (model.config.adapter ? saveMerged : saveArtifact)(run, folder, model, options))
  return { artifacts, logs }
}

interface Saved {
  policy: Model
  value?: Model | null
  average?: Model | null
}

/** average ← decay·average + (1 − decay)·policy, on all that the policy learns. Source: OpenRLHF, moving_average; docs/algorithms.md, 20. */
export function follow(average: Model, policy: Model, decay: number): void {
  for (const [name, variable] of policy.trainable) {
    const kept = average.parameters.get(name)!
    tf.tidy(() => kept.assign(tf.add(tf.mul(kept, decay), tf.mul(variable, 1 - decay))))
  }
}

/** A value model whose trunk is the policy's own; of `value` it keeps the head alone. */
function onTrunk(policy: Model, value: Model): Model {
  const head: Parameters = new Map()
  for (const [name, variable] of value.parameters)
    if (name.startsWith('classifier.'))
      head.set(name, makeVariable(variable.dataSync() as Float32Array, variable.shape))
  value.dispose()
  return {
    ...policy,
    kind: 'value',
    parameters: new Map([...policy.parameters, ...head]),
    trainable: new Map([...policy.trainable, ...head]),
    dispose: () => tf.dispose([...head.values()]),
  }
}

/** The model of a folder, or copies of what the policy learns beside the weights that it shares with it. */
async function averageOf(policy: Model, saved: string | null): Promise<Model> {
  if (saved) return loadModel(saved, 'policy')
  const copies: Parameters = new Map()
  for (const [name, variable] of policy.trainable)
    copies.set(name, makeVariable(variable.dataSync() as Float32Array, variable.shape))
  return {
    ...policy,
    parameters: new Map([...policy.parameters, ...copies]),
    trainable: copies,
    dispose: () => tf.dispose([...copies.values()]),
  }
}
