import * as tf from '@tensorflow/tfjs-core'
import type { ReinforceSpec } from '#trainer/config.ts'
import type { LogEvent } from '#trainer/events.ts'
import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { type Adam, createAdam } from '#trainer/nn/adam.ts'
import { valueLoss } from '#trainer/rlhf/losses.ts'
import { openLearner, wholeModel } from './adapter.ts'
import { descend, differentiate } from './learn.ts'
import type { Open } from './run.ts'
import { adamOptions, type Batch, microBatches } from './sampler.ts'
import { sameTokenizer } from './score.ts'
import { responseValues } from './sequences.ts'

/** A value model that regresses on returns by itself, for recipes whose policy steps in another way. */

type ValueSpec = Pick<
  ReinforceSpec,
  | 'policy'
  | 'reward'
  | 'seed'
  | 'valueInit'
  | 'valueEpochs'
  | 'microBatchSize'
  | 'activationCheckpointing'
  | 'maxGradNorm'
  | 'adamForm'
  | 'adamBeta1'
  | 'adamBeta2'
  | 'adamEpsilon'
  | 'lora'
>

export interface Critic {
  value: Model
  adam: Adam
  logs: LogEvent[]
}

/** The value model of the checkpoint, or a fresh head on the backbone that the spec names, with an adapter where the policy has one; and its optimiser. */
export async function openCritic(
  spec: ValueSpec,
  policy: Model,
  checkpoint: Checkpoint | null,
  open: Open,
): Promise<Critic> {
  const start = spec.valueInit === 'reward' ? spec.reward : spec.policy
  const { seed } = spec
  const { model: value, logs } = await openLearner(spec.lora, {
    ...{ saved: wholeModel(checkpoint, 'value'), start, kind: 'value', seed, headSeed: seed },
  })
  sameTokenizer(policy, open(value))
  return { value, adam: open(createAdam(value.trainable, adamOptions(spec))), logs }
}

/** ½·mean (V − R)² over the tokens of the batch, by `valueEpochs` optimiser steps; the means of loss and norm. Throws DIVERGED. */
export function fitValues(
  spec: ValueSpec,
  { value, adam }: Pick<Critic, 'value' | 'adam'>,
  batch: Batch,
  { returns, learningRate, step, lastGood }: FitOptions,
): { 'loss/value_avg': number; 'loss/value_grad_norm': number } {
  const sums = { loss: 0, norm: 0 }
  const options = { checkpointing: spec.activationCheckpointing }
  for (let epoch = 0; epoch < spec.valueEpochs; epoch++) {
    const losses = microBatches(batch, spec.microBatchSize).map(({ part, slice }) => () => {
      const values = responseValues(value, part, options) // [N]
      const targets = tf.tensor1d(slice(returns))
      return valueLoss(values, targets, targets, { clipRange: 0, tokens: returns.length })
    })
    const pass = differentiate(value.trainable, losses)
    sums.loss += pass.loss / spec.valueEpochs
    const { maxGradNorm } = spec
    sums.norm += descend(adam, pass, { maxGradNorm, learningRate, step, lastGood }) / spec.valueEpochs
  }
  return { 'loss/value_avg': sums.loss, 'loss/value_grad_norm': sums.norm }
}

interface FitOptions {
  returns: Float32Array
  learningRate: number
  step: number
  lastGood: Checkpoint | null
}
