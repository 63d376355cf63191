import { z } from 'zod'
import { activationCheckpointing, checkpointEvery, common, maxLength, optimiser, path } from './fields.ts'

export const reward = z
  .strictObject({
    model: path('Policy', 'The folder of the policy whose backbone the reward model starts from.'),
    data: z
      .strictObject({
        train: path('Training data', 'JSONL of { id, prompt, completions, pairs }.'),
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
    activationCheckpointing,
    centring: z.number().min(0).default(0.01).meta({
      title: 'Centring',
      description: 'The weight of the square of each pair’s summed rewards, which keeps rewards near zero.',
      group: 'Training',
      source: 'TRL center_rewards_coefficient .01; Eisenstein et al. 2023',
    }),
    maxLength,
    ...optimiser({ learningRate: 3e-4, epsilon: 1e-5, warmupRatio: 0.03 }),
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
  .meta({ title: 'Reward model', description: 'Learns from rankings which completion people prefer.' })
