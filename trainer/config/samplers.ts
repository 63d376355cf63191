import { z } from 'zod'
import { activationCheckpointing, checkpointEvery, common, lora, optimiser, sampling } from './fields.ts'
import { guards, rollback } from './guards.ts'
import { ppo } from './ppo.ts'
import { shaping } from './shaping.ts'

/** Settings of PPO that mean the same to every recipe that learns from its own samples. */

const { policy, reward, reference, episodes, batchSize, microBatchSize } = ppo.shape
const { missingEosRule, missingEosPenalty, normaliseReward, rewardClip, klCoefficient, klEstimator } =
  ppo.shape
const { gamma, lambda, valueLearningRate, valueInit, evalPrompts, samplesEvery, samplesShown } = ppo.shape

export const evalEvery = z.int().min(0).default(0).meta({
  title: 'Evaluate every',
  description:
    'The held-out prompts are answered after this many steps, and always at the start and at the end; 0 means only then.',
  group: 'Run',
  source: 'TRL eval_steps',
  unit: 'steps',
})

const { train, eval: heldOut, goldReward, goldRubric } = ppo.shape.data.shape

const data = z
  .strictObject({ train, eval: heldOut, goldReward, goldRubric })
  .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' })

export const sampler = (defaults: { learningRate: number }) => ({
  policy,
  reward,
  reference,
  data,
  ...common,
  episodes,
  batchSize,
  microBatchSize,
  activationCheckpointing,
  ...sampling({ temperature: 1, responseLength: 48 }),
  missingEosRule,
  missingEosPenalty,
  ...shaping,
  normaliseReward,
  rewardClip,
  rollback,
  ...guards,
  lora,
  ...optimiser({ learningRate: defaults.learningRate, epsilon: 1e-5, warmupRatio: 0 }),
  evalPrompts,
  evalEvery,
  samplesEvery,
  samplesShown,
  checkpointEvery: checkpointEvery(10),
})

/** The KL to the reference as a part of the reward. */
export const klReward = { klCoefficient, klEstimator }

/** Of a recipe that has a value model. */
export const valueFields = { gamma, lambda, valueLearningRate, valueInit }

export const valueEpochs = (epochs: number) =>
  z.int().min(1).max(64).default(epochs).meta({
    title: 'Value epochs',
    description: 'How many optimiser steps the value model takes on each batch.',
    group: 'Training',
    source: 'Spinning Up 80 on CPU tasks; PPO for language models 4',
  })

export const completionsPerPrompt = (count: number, source: string) =>
  z.int().min(2).max(64).default(count).meta({
    title: 'Completions a prompt',
    description:
      'How many completions of each prompt are compared with each other; it must divide the batch size.',
    group: 'Rollout',
    source,
    unit: 'completions',
  })

export const dividesBatch = {
  holds: (spec: { batchSize: number; completionsPerPrompt: number }) =>
    spec.batchSize % spec.completionsPerPrompt === 0,
  issue: { message: 'completionsPerPrompt must divide batchSize', path: ['completionsPerPrompt'] },
}

export const clipping = (epochs: number) => {
  const { clipRange, logRatioClamp, maxRatio } = ppo.shape
  return {
    epochsPerBatch: z.int().min(1).max(64).default(epochs).meta({
      title: 'Epochs a batch',
      description:
        'How many optimiser steps are taken on each batch; with one, the ratio is 1 and nothing is clipped.',
      group: 'Training',
      source: 'TRL 1 (num_iterations)',
    }),
    clipRange,
    logRatioClamp,
    maxRatio,
  }
}
