import { z } from 'zod'
import { common, path, sampling } from './fields.ts'

/** PPO has none: the probabilities it trains are those of the whole vocabulary (docs/algorithms.md, 1). */
const filters = {
  topK: z.int().min(0).default(0).meta({
    title: 'Top k',
    description: 'Only the k likeliest tokens are sampled; 0 turns it off.',
    group: 'Rollout',
    source: 'off in every trainer',
  }),
  topP: z.number().positive().max(1).default(1).meta({
    title: 'Top p',
    description: 'Only the likeliest tokens that together have this probability are sampled; 1 turns it off.',
    group: 'Rollout',
    source: 'off in every trainer',
  }),
}

export const generate = z
  .strictObject({
    model: path('Model', 'The folder of the policy that writes.'),
    data: z
      .strictObject({ prompts: path('Prompts', 'JSONL of { id, prompt }.') })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    completionsPerPrompt: z.int().min(1).max(1024).default(4).meta({
      title: 'Completions a prompt',
      description: 'How many completions are sampled for each prompt.',
      group: 'Rollout',
      source: 'InstructGPT 4 to 9',
    }),
    ...sampling({ temperature: 1, responseLength: 48 }),
    ...filters,
    batchSize: z.int().min(1).default(64).meta({
      title: 'Batch size',
      description:
        'How many completions are sampled at once; it changes speed, and the result by rounding only.',
      group: 'Run',
      source: 'Salmon et al. 2011, Philox',
      unit: 'completions',
    }),
  })
  .meta({ title: 'Generate', description: 'Samples completions of prompts.' })
