import { z } from 'zod'
import { oneJudge } from './guards.ts'
import { klReward, sampler, valueEpochs, valueFields } from './samplers.ts'

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
      description: 'How slowly the moving average of the baseline "average" forgets earlier batches.',
      group: 'Advantages',
      source: 'Ahmadian et al. 2024, moving average of rewards',
    }),
    ...valueFields,
    lambda: valueFields.lambda.default(1).meta({
      ...valueFields.lambda.meta(),
      description: `${valueFields.lambda.meta()!.description!.replace(/\.$/, '')}; of the baseline "value" only.`,
    }),
    valueInit: valueFields.valueInit.meta({
      ...valueFields.valueInit.meta(),
      description:
        'The backbone the value model of the baseline "value" begins with; its head begins at zero.',
    }),
    whitenAdvantages: z.boolean().default(false).meta({
      title: 'Whiten advantages',
      description: 'Gives the advantages of a batch mean 0 and deviation 1.',
      group: 'Advantages',
      source: 'OpenRLHF REINFORCE++; off in Williams 1992',
    }),
    valueEpochs: valueEpochs(4).meta({
      ...valueEpochs(4).meta(),
      description: 'How many optimiser steps the value model of the baseline "value" takes on each batch.',
    }),
  })
  .refine(({ baseline, valueLearningRate }) => baseline === 'value' || valueLearningRate === undefined, {
    message: 'there is a value model with the baseline "value" only: leave valueLearningRate out, or take it',
    path: ['valueLearningRate'],
  })
  .superRefine(oneJudge)
  .meta({
    title: 'REINFORCE',
    description:
      'The plain policy gradient: one step on each batch, with a value model or an average as baseline.',
  })
