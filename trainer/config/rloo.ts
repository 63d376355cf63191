import { z } from 'zod'
import { clipping, completionsPerPrompt, dividesBatch, judged, klReward, sampler } from './samplers.ts'

export const rloo = z
  .strictObject({
    ...sampler({ learningRate: 2e-4 }),
    completionsPerPrompt: completionsPerPrompt(4, 'Ahmadian et al. 2024 2 and 4; TRL 2'),
    ...klReward,
    ...clipping(1),
    whitenAdvantages: z.boolean().default(false).meta({
      title: 'Whiten advantages',
      description: 'Gives the advantages of a batch mean 0 and deviation 1.',
      group: 'Advantages',
      source: 'TRL normalize_advantages off',
    }),
  })
  .refine(dividesBatch.holds, dividesBatch.issue)
  .refine(judged.holds, judged.issue)
  .meta({
    title: 'RLOO',
    description:
      'Policy gradient without a value model: each completion is compared with the others of its prompt.',
  })
