import { z } from 'zod'
import {
  activationCheckpointing,
  checkpointEvery,
  common,
  lora,
  maxLength,
  optimiser,
  path,
} from './fields.ts'
import { rollback } from './guards.ts'
import { ppo } from './ppo.ts'
import { evalEvery } from './samplers.ts'
import { shaping } from './shaping.ts'

const { missingEosRule, missingEosPenalty, normaliseReward, rewardClip, temperature } = ppo.shape
const { responseLength, evalPrompts, microBatchSize } = ppo.shape

export const dpo = z
  .strictObject({
    policy: path('Policy', 'The folder of the model to train.'),
    reference: path(
      'Reference',
      'The folder of the model to stay near; without it, the policy at the start.',
    ).optional(),
    reward: path(
      'Reward model',
      'The folder of a reward model that scores the answers to held-out prompts; training does not use it.',
    ).optional(),
    data: z
      .strictObject({
        train: path('Training data', 'JSONL of { id, prompt, completions, pairs }.'),
        eval: path('Held-out data', 'The same, on which loss and accuracy are measured.').optional(),
        prompts: path('Held-out prompts', 'JSONL of { id, prompt } to be answered and scored.').optional(),
      })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    loss: z.enum(['sigmoid', 'ipo']).default('sigmoid').meta({
      title: 'Loss',
      description:
        'The cross-entropy of the preferences (DPO), or the squared distance from a set margin (IPO).',
      group: 'Loss',
      source: 'Rafailov et al. 2023; Azar et al. 2024',
    }),
    beta: z.number().positive().default(0.1).meta({
      title: 'β',
      description: 'How strongly the policy is held to the reference.',
      group: 'Loss',
      source: 'Rafailov et al. 2023, TRL .1',
    }),
    labelSmoothing: z.number().min(0).lt(0.5).default(0).meta({
      title: 'Label smoothing',
      description: 'How likely a preference is taken to be the wrong way round; of the sigmoid loss alone.',
      group: 'Loss',
      source: 'TRL 0; Mitchell 2023',
    }),
    epochs: z.number().positive().max(100).default(1).meta({
      title: 'Epochs',
      description: 'How many times the comparisons are read.',
      group: 'Training',
      source: 'Rafailov et al. 2023 1',
    }),
    comparisonsPerBatch: z.int().min(1).default(16).meta({
      title: 'Comparisons a batch',
      description: 'How many comparisons each step learns from, each with all of its pairs.',
      group: 'Training',
      source: 'Rafailov et al. 2023 64 pairs',
      unit: 'comparisons',
    }),
    microBatchSize,
    activationCheckpointing,
    maxLength,
    rollback,
    lora,
    ...optimiser({ learningRate: 2e-4, epsilon: 1e-8, warmupRatio: 0.1 }),
    missingEosRule,
    missingEosPenalty,
    ...shaping,
    normaliseReward,
    rewardClip,
    responseLength,
    temperature: temperature.meta({
      ...temperature.meta(),
      description:
        'Logits are divided by it where held-out prompts are answered; training takes log-probabilities at 1.',
    }),
    evalPrompts: evalPrompts.meta({
      ...evalPrompts.meta(),
      description: 'At most this many of the held-out prompts (data.prompts) are answered at each measure.',
    }),
    evalEvery,
    checkpointEvery: checkpointEvery(50),
  })
  .refine((spec) => (spec.data.prompts === undefined) === (spec.reward === undefined), {
    message: 'reward and data.prompts are given together or not at all',
    path: ['reward'],
  })
  .meta({
    title: 'DPO',
    description: 'Learns from preferences directly, without a reward model and without sampling.',
  })
