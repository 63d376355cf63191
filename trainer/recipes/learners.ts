import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { PpoSpec } from '#trainer/config.ts'
import type { Artifact } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import type { Adam } from '#trainer/nn/adam.ts'
import type { LoraConfig } from '#trainer/nn/blocks.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { withoutAdapter } from '#trainer/nn/lora.ts'
import { makeVariable, type Parameters, parameterShapes } from '#trainer/nn/transformer.ts'
import { adapt, carrying, fingerprint, saveMerged } from './adapter.ts'
import { type Run, restore, saveArtifact, type Trained } from './run.ts'

/** The models that PPO trains, and how many weights they have in common. */
export interface Learners {
  policy: Model
  /** With a shared trunk, its parameters are those of the policy and a head. */
  value: Model
  /** What the policy's loss moves: with a shared trunk the value head too. */
  moved: Parameters
  /** The moving average of the policy, where it is asked for. */
  average: Model | null
  dispose(): void
}

/**
 * Those of a checkpoint, or of the beginning: the policy, a value model whose head is zero, and an average that is the policy. With
 * LoRA the adapters of all of them are fresh, and what a checkpoint has of them comes back with their optimisers (`restore`).
 */
export async function loadLearners(
  spec: PpoSpec,
  reward: Model,
  checkpoint: Checkpoint | null,
): Promise<Learners> {
  const { lora, seed } = spec
  const shared = spec.valueModel === 'shared'
  const folder = (name: string, start: string) => (checkpoint && !lora ? join(checkpoint.path, name) : start)
  const policy = await loadModel(folder('policy', spec.policy), 'policy')
  const fromReward = spec.valueInit === 'reward' && !shared
  const separate = () =>
    lora
      ? onFrozen(fromReward ? reward : policy, lora, seed + 1)
      : loadModel(
          folder('value', fromReward ? spec.reward : spec.policy),
          'value',
          checkpoint ? {} : { seed },
        )
  const own = shared && lora ? null : await separate()
  if (lora) adapt(policy, lora, seed)
  const value = shared ? onTrunk(policy, own?.parameters ?? freshHead(policy)) : own!
  const average =
    spec.emaDecay > 0 ? await averageOf(policy, lora ? null : folder('average', spec.policy)) : null
  return {
    policy,
    value,
    moved: shared ? value.trainable : policy.trainable,
    average,
    dispose() {
      for (const model of [value, average, policy]) model?.dispose()
    },
  }
}

/** The model to stay near: with LoRA and no other named, the policy with its adapter off, which costs no memory. */
export async function loadReference(spec: PpoSpec, policy: Model): Promise<Model> {
  if (!spec.lora || spec.reference) return loadModel(spec.reference ?? spec.policy, 'policy')
  return { ...policy, config: withoutAdapter(policy.config), trainable: new Map(), dispose: () => {} }
}

/** What a checkpoint holds of the learners: whole models, or with LoRA what learns, beside the moments of its optimiser. */
export function savedParts(
  spec: PpoSpec,
  { policy, value, moved, average }: Learners,
  { policyAdam, valueAdam }: { policyAdam: Adam; valueAdam: Adam | null },
): Trained {
  if (!spec.lora)
    return {
      models: { policy, value, ...(average && { average }) },
      optimisers: { policy: policyAdam, ...(valueAdam && { value: valueAdam }) },
      order: {},
    }
  const averaged = [...(average?.trainable ?? [])].map(
    ([name, variable]) => [`average.${name}`, variable] as const,
  )
  return {
    models: {},
    optimisers: {
      policy: carrying(policyAdam, new Map([...moved, ...averaged])),
      ...(valueAdam && { value: carrying(valueAdam, value.trainable) }),
    },
    order: { lora: JSON.stringify(spec.lora), 'sha256 of the base': fingerprint(policy) },
  }
}

/** The learners as they were at a checkpoint of this run; with LoRA the given ones themselves, moved back. */
export async function learnersAt(
  checkpoint: Checkpoint,
  spec: PpoSpec,
  { reward, learners, trained }: { reward: Model; learners: Learners; trained: Trained },
): Promise<Learners> {
  if (!spec.lora) return loadLearners(spec, reward, checkpoint)
  restore(checkpoint, trained)
  return learners
}

/** Writes model/, value/ and, where there is an average, model-ema/, adapters merged into their base. Throws as `saveArtifact`. */
export async function saveLearners(
  run: Run,
  spec: PpoSpec,
  { policy, value, average }: Learners,
  options: { step: number; lastGood: Checkpoint | null },
): Promise<Artifact[]> {
  const artifacts: Artifact[] = []
  const save = spec.lora ? saveMerged : saveArtifact
  artifacts.push(await save(run, 'model', policy, options))
  artifacts.push(await save(run, 'value', value, options))
  if (average) artifacts.push(await save(run, 'model-ema', average, options))
  return artifacts
}

/** average ← decay·average + (1 − decay)·policy, on all that the policy learns. Source: OpenRLHF, moving_average; docs/algorithms.md, 20. */
export function follow(average: Model, policy: Model, decay: number): void {
  for (const [name, variable] of policy.trainable) {
    const kept = average.parameters.get(name)!
    tf.tidy(() => kept.assign(tf.add(tf.mul(kept, decay), tf.mul(variable, 1 - decay))))
  }
}

/** A value model whose trunk is the policy's own; of `parameters` it keeps the head alone. */
function onTrunk(policy: Model, parameters: Parameters): Model {
  const head: Parameters = new Map()
  for (const [name, variable] of parameters) {
    if (policy.parameters.has(name)) variable.dispose()
    else head.set(name, variable)
  }
  return {
    ...policy,
    kind: 'value',
    parameters: new Map([...policy.parameters, ...head]),
    trainable: new Map([...policy.trainable, ...head]),
    dispose: () => tf.dispose([...head.values()]),
  }
}

/** A value model of an adapter and a head on the weights of a model that stays as it is, and keeps them. */
function onFrozen(base: Model, lora: LoraConfig, seed: number): Model {
  const config = withoutAdapter(base.config)
  const trunk = [...parameterShapes(config).keys()].filter((name) => base.parameters.has(name))
  const model: Model = {
    ...base,
    ...{ kind: 'value', config, normalisation: undefined },
    parameters: new Map(trunk.map((name) => [name, base.parameters.get(name)!])),
  }
  addHead(model.parameters, 'value', config.width, seed)
  adapt(model, lora, seed)
  model.dispose = () => tf.dispose([...model.trainable.values()])
  return model
}

function freshHead({ config }: Model): Parameters {
  const head: Parameters = new Map()
  addHead(head, 'value', config.width, 0)
  return head
}

/** The model of a folder, or a copy of what the policy learns on the weights that it shares with it. */
async function averageOf(policy: Model, folder: string | null): Promise<Model> {
  if (folder) return loadModel(folder, 'policy')
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
