import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { PpoSpec } from '#trainer/config.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import type { Parameters } from '#trainer/nn/transformer.ts'

/** The models that PPO trains. */
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

/** Those of a checkpoint, or of the beginning: the policy, a value model whose head is zero, and an average that is the policy. */
export async function loadLearners(spec: PpoSpec, checkpoint: Checkpoint | null): Promise<Learners> {
  const shared = spec.valueModel === 'shared'
  const folder = (name: string, start: string) => (checkpoint ? join(checkpoint.path, name) : start)
  const policy = await loadModel(folder('policy', spec.policy), 'policy')
  const valueStart = spec.valueInit === 'reward' && !shared ? spec.reward : spec.policy
  const own = await loadModel(folder('value', valueStart), 'value', checkpoint ? {} : { seed: spec.seed })
  const value = shared ? onTrunk(policy, own) : own
  const average = spec.emaDecay > 0 ? await loadModel(folder('average', spec.policy), 'policy') : null
  return {
    policy,
    value,
    moved: shared ? value.trainable : policy.trainable,
    average,
    dispose() {
      for (const model of [value, policy, average]) model?.dispose()
    },
  }
}

/** A value model whose trunk is the policy's own; of `value` it keeps the head alone. */
function onTrunk(policy: Model, value: Model): Model {
  const head: Parameters = new Map()
  for (const [name, variable] of value.parameters) {
    if (policy.parameters.has(name)) variable.dispose()
    else head.set(name, variable)
  }
  return {
    ...value,
    parameters: new Map([...policy.parameters, ...head]),
    trainable: new Map([...policy.trainable, ...head]),
    dispose: () => tf.dispose([...head.values()]),
  }
}

/** average ← decay·average + (1 − decay)·policy, on all that the policy learns. Source: OpenRLHF, moving_average; docs/algorithms.md, 20. */
export function follow(average: Model, policy: Model, decay: number): void {
  for (const [name, variable] of policy.trainable) {
    const kept = average.parameters.get(name)!
    tf.tidy(() => kept.assign(tf.add(tf.mul(kept, decay), tf.mul(variable, 1 - decay))))
  }
}
