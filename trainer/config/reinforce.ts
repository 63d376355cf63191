import { z } from 'zod'
import { judged, klReward, sampler, valueEpochs, valueFields } from './samplers.ts'

export const reinforce = z
  .strictObject({
    ...sampler({ learningRate: 2e-4 }),
    ...klReward,
    baseline: z.enum(['value', 'average', 'none']).default('value').meta({
      title: 'Baseline',
      description:
        'What a return is compared with: a value model’s expectation, the moving average of earlier batches, or nothing.',
      group: 'Advantages',
      source: 'Williams 1992; Sutton et al. 2000',
    }),
    baselineDecay: z.number().min(0).lt(1).default(0.9).meta({
      title: 'Baseline decay',
      description: 'How slowly the moving average forgets earlier batches.',
      group: 'Advantages',
      source: 'Ahmadian et al. 2024, moving average of rewards',
    }),
    ...valueFields,
    lambda: valueFields.lambda.default(1),
    whitenAdvantages: z.boolean().default(false).meta({
      title: 'Whiten advantages',
      description: 'Gives the advantages of a batch mean 0 and deviation 1.',
      group: 'Advantages',
      source: 'OpenRLHF REINFORCE++; off in Williams 1992',
    }),
    valueEpochs: valueEpochs(4),
  })
  .refine(judged.holds, judged.issue)
  .meta({
    title: 'REINFORCE',
    description:
      'The plain policy gradient: one step on each batch, with a value model or an average as baseline.',
  })
