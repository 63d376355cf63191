import { z } from 'zod'
import { oneJudge } from './guards.ts'
import { completionsPerPrompt, dividesBatch, klReward, sampler } from './samplers.ts'

export const raft = z
  .strictObject({
    ...sampler({ learningRate: 2e-4 }),
    completionsPerPrompt: completionsPerPrompt(4, 'Dong et al. 2023 8 to 32'),
    ...klReward,
    klCoefficient: klReward.klCoefficient.default(0),
    epochsPerBatch: z.int().min(1).max(64).default(2).meta({
      title: 'Epochs a batch',
      description: 'How many optimiser steps are taken on the best completions of each batch.',
      group: 'Training',
      source: 'Dong et al. 2023 2',
    }),
  })
  .refine(dividesBatch.holds, dividesBatch.issue)
  .superRefine(oneJudge)
  .meta({
    title: 'RAFT',
    description: 'Best-of-n: fine-tunes on the completion of each prompt that the reward model likes best.',
  })
