import { z } from 'zod'
import {
  activationCheckpointing,
  checkpointEvery,
  common,
  lora,
  maxLength,
  optimiser,
  path,
  weightDecay,
} from './fields.ts'
import { rollback } from './guards.ts'

export const reward = z
  .strictObject({
    model: path('Policy', 'The folder of the policy whose backbone the reward model starts from.'),
    data: z
      .strictObject({
        train: path('Training data', 'JSONL of { id, prompt, completions, pairs or rankings }.'),
        eval: path(
          'Held-out data',
          'The same, kept out of training, on which accuracy is measured.',
        ).optional(),
      })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    epochs: z.number().positive().max(100).default(2).meta({
      title: 'Epochs',
      description: 'How many times the comparisons are read; more than one overfits large models.',
      group: 'Training',
      source: 'InstructGPT 1',
    }),
    comparisonsPerBatch: z.int().min(1).default(16).meta({
      title: 'Comparisons a batch',
      description: 'How many comparisons each step learns from, each with all of its pairs.',
      group: 'Training',
      source: 'InstructGPT 64, all pairs of a prompt together',
      unit: 'comparisons',
    }),
    microBatchSize: z.int().min(1).optional().meta({
      title: 'Micro-batch size',
      description:
        'How many comparisons are computed at once; it changes memory, and the result by rounding only. Without it, all of a batch.',
      group: 'Training',
      source: 'docs/algorithms.md, 12',
      unit: 'comparisons',
    }),
    activationCheckpointing,
    loss: z
      .enum(['bradley-terry', 'k-wise', 'plackett-luce', 'rao-kupper', 'davidson'])
      .default('bradley-terry')
      .meta({
        title: 'Loss',
        description:
          'Bradley–Terry learns from pairs, k-wise from the best of each ranking, Plackett–Luce from whole rankings, Rao–Kupper and Davidson from pairs of which some are ties.',
        group: 'Loss',
        source:
          'InstructGPT; Ziegler et al. 2019; Plackett 1975, Luce 1959; Rao & Kupper 1967; Davidson 1970',
      }),
    tiedRankings: z.enum(['efron', 'breslow']).default('efron').meta({
      title: 'Ties in rankings',
      description:
        'How Plackett–Luce takes a tied group: efron is nearer to the mean over all of its orders, breslow simpler. Other losses do not ask.',
      group: 'Loss',
      source: 'Efron 1977, Breslow 1974 (ties in Cox’ partial likelihood)',
    }),
    tieParameter: z.number().positive().optional().meta({
      title: 'Tie parameter',
      description:
        'Rao–Kupper’s θ, above 1, or Davidson’s ν: how readily people call a tie. Without it, it is learned, from θ = 2 or ν = 1. Of those two losses only.',
      group: 'Loss',
      source: 'Rao & Kupper 1967; Davidson 1970',
    }),
    tieLearningRate: z.number().positive().max(10).default(0.05).meta({
      title: 'Tie learning rate',
      description: 'The step size of Adam for the logarithm of θ − 1 or of ν, where it is learned.',
      group: 'Loss',
      source: 'one number, so far above that of the weights',
    }),
    heads: z.int().min(1).max(64).default(1).meta({
      title: 'Heads',
      description:
        'How many scalar heads share the backbone; the score is their mean, and how far they disagree is its uncertainty.',
      group: 'Ensemble',
      source: 'Lakshminarayanan et al. 2017: 5; Osband et al. 2016',
    }),
    bootstrap: z.boolean().default(true).meta({
      title: 'Bootstrap',
      description:
        'Each of several heads learns from its own sample of the comparisons, drawn with replacement; off, they differ in where they start only.',
      group: 'Ensemble',
      source: 'Osband et al. 2016, Bootstrapped DQN',
    }),
    centring: z.number().min(0).default(0.01).meta({
      title: 'Centring',
      description: 'The weight of the square of each pair’s summed rewards, which keeps rewards near zero.',
      group: 'Training',
      source: 'TRL center_rewards_coefficient .01; Eisenstein et al. 2023',
    }),
    maxLength,
    ...optimiser({ learningRate: 3e-4, epsilon: 1e-5, warmupRatio: 0.03 }),
    weightDecay,
    lora,
    rollback,
    normalise: z.enum(['completions', 'off']).default('completions').meta({
      title: 'Normalise',
      description: 'A gain and a bias give the training completions a mean reward of 0 and a deviation of 1.',
      group: 'Normalisation',
      source: 'lm-human-preferences',
    }),
    normaliseSamples: z.int().min(2).default(512).meta({
      title: 'Normalisation samples',
      description: 'At most this many training completions are scored to find the gain and the bias.',
      group: 'Normalisation',
      source: 'lm-human-preferences 256',
      unit: 'completions',
    }),
    evalEvery: z.int().min(0).default(20).meta({
      title: 'Evaluate every',
      description:
        'Held-out accuracy is measured after this many steps, and always at the end; 0 means only then.',
      group: 'Run',
      source: 'TRL eval_steps',
      unit: 'steps',
    }),
    checkpointEvery: checkpointEvery(50),
  })
  .refine(({ loss, tieParameter = 2 }) => loss !== 'rao-kupper' || tieParameter > 1, {
    message: 'Rao–Kupper’s θ must be above 1: at 1 there are no ties, which is Bradley–Terry',
    path: ['tieParameter'],
  })
  .refine(({ loss, tieParameter }) => tieParameter === undefined || /^(rao-kupper|davidson)$/.test(loss), {
    message:
      'only the losses rao-kupper and davidson have a tie parameter: take one of them, or leave it out',
    path: ['tieParameter'],
  })
  .meta({ title: 'Reward model', description: 'Learns from rankings which completion people prefer.' })
