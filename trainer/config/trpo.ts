import { z } from 'zod'
import { oneJudge } from './guards.ts'
import { klReward, sampler, valueEpochs, valueFields } from './samplers.ts'

const { schedule, warmupRatio, learningRate, maxGradNorm, ...others } = sampler({ learningRate: 2e-4 })

export const trpo = z
  .strictObject({
    ...others,
    ...klReward,
    ...valueFields,
    learningRate: learningRate.meta({
      ...learningRate.meta(),
      title: 'Value learning rate',
      description: 'The step size of the value model’s Adam; the policy has none.',
    }),
    schedule,
    warmupRatio,
    maxGradNorm,
    whitenAdvantages: z.boolean().default(true).meta({
      title: 'Whiten advantages',
      description: 'Gives the advantages of a batch mean 0 and deviation 1.',
      group: 'Advantages',
      source: 'OpenAI baselines, TRPO',
    }),
    delta: z.number().positive().max(1).default(1e-3).meta({
      title: 'Trust region δ',
      description: 'The largest mean KL of a token between the policy before a step and after it.',
      group: 'Trust region',
      source: 'Schulman et al. 2015 .01 an action, of which a completion has many',
      unit: 'nats a token',
    }),
    cgIterations: z.int().min(1).max(100).default(10).meta({
      title: 'Conjugate gradient steps',
      description: 'How many Fisher-vector products are spent on the direction.',
      group: 'Trust region',
      source: 'Schulman et al. 2015 10',
    }),
    cgTolerance: z.number().min(0).max(1).default(1e-3).meta({
      title: 'Conjugate gradient tolerance',
      description: 'The solver stops where this share of the gradient is left.',
      group: 'Trust region',
      source: 'OpenAI baselines 1e-10 of the square',
    }),
    cgDamping: z.number().min(0).default(0.1).meta({
      title: 'Damping',
      description:
        'This many times the identity are added to the Fisher information, which has directions without curvature.',
      group: 'Trust region',
      source: 'Spinning Up .1, OpenAI baselines 1e-2',
    }),
    fisherShare: z.number().positive().max(1).default(1).meta({
      title: 'Share for curvature',
      description: 'The share of a batch’s completions on which the Fisher information is measured.',
      group: 'Trust region',
      source: 'Schulman et al. 2015, appendix C .1 of far larger batches',
    }),
    lineSearchTrials: z.int().min(1).max(50).default(10).meta({
      title: 'Line search trials',
      description: 'How many shorter and shorter steps are tried before none is taken.',
      group: 'Trust region',
      source: 'OpenAI baselines 10',
    }),
    lineSearchShrink: z.number().positive().lt(1).default(0.5).meta({
      title: 'Line search factor',
      description: 'Each trial is this share of the one before.',
      group: 'Trust region',
      source: 'OpenAI baselines .5, Spinning Up .8',
    }),
    valueEpochs: valueEpochs(4),
  })
  .omit({ valueLearningRate: true })
  .superRefine(oneJudge)
  .meta({
    title: 'TRPO',
    description: 'The largest step along the natural gradient that stays within a trust region.',
  })
