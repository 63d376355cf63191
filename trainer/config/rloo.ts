import { z } from 'zod'
import { oneJudge } from './guards.ts'
import { clipping, completionsPerPrompt, dividesBatch, klReward, sampler } from './samplers.ts'

export const rloo = z
  .strictObject({
    ...sampler({ learningRate: 2e-4 }),
    completionsPerPrompt: completionsPerPrompt(4, 'Ahmadian et al. 2024 2 and 4; TRL 2'),
    ...klReward,
    ...clipping(1),
    clipRange: clipping(1).clipRange.meta({
      ...clipping(1).clipRange.meta(),
      description:
        'How far the probability of a whole completion may move from the sampled one before its gradient stops.',
    }),
    whitenAdvantages: z.boolean().default(false).meta({
      title: 'Whiten advantages',
      description: 'Gives the advantages of a batch mean 0 and deviation 1.',
      group: 'Advantages',
      source: 'TRL normalize_advantages off',
    }),
  })
  .refine(dividesBatch.holds, dividesBatch.issue)
  .superRefine(oneJudge)
  .meta({
    title: 'RLOO',
    description:
      'Policy gradient without a value model: each completion is compared with the others of its prompt.',
  })
