import { z } from 'zod'
import { common, path } from './fields.ts'

export const score = z
  .strictObject({
    reward: path('Reward model', 'The folder of the reward model that scores.').optional(),
    policy: path('Policy', 'The folder of the policy whose log-probabilities are wanted.').optional(),
    reference: path('Reference', 'The folder of the model the KL is measured against.').optional(),
    data: z
      .strictObject({ completions: path('Completions', 'JSONL of { id, prompt, completion }.') })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    temperature: z.number().positive().max(10).default(1).meta({
      title: 'Temperature',
      description: 'Logits are divided by it before log-probabilities are taken.',
      group: 'Rollout',
      source: 'docs/algorithms.md, 3',
    }),
    normaliseReward: z.boolean().default(true).meta({
      title: 'Normalised reward',
      description: 'The gain and the bias stored with the reward model are applied.',
      group: 'Reward',
      source: 'docs/algorithms.md, 17',
    }),
    tooLong: z.enum(['refuse', 'leave-out']).default('refuse').meta({
      title: 'Too long for the context',
      description:
        'Whether a completion that does not fit with its prompt ends the run or is left out of the scores.',
      group: 'Run',
      source: 'docs/architecture.md',
    }),
    batchSize: z.int().min(1).default(64).meta({
      title: 'Batch size',
      description: 'How many completions are scored at once.',
      group: 'Run',
      source: 'docs/architecture.md',
      unit: 'completions',
    }),
  })
  .refine((spec) => spec.reward !== undefined || spec.policy !== undefined, {
    message: 'reward or policy is needed',
    path: ['reward'],
  })
  .refine((spec) => spec.reference === undefined || spec.policy !== undefined, {
    message: 'a reference needs a policy to be compared with',
    path: ['reference'],
  })
  .meta({ title: 'Score', description: 'Scores completions with a reward model, a policy and a reference.' })
