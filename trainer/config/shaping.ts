import { z } from 'zod'

/** What is taken from the reward model's score before the policy learns from it; see rlhf/rewards.ts. */
export const shaping = {
  lengthPenalty: z
    .strictObject({
      form: z.enum(['linear', 'log']).default('linear').meta({
        title: 'Form',
        description: 'Linear counts the tokens beyond the target, log the logarithm of length / target.',
        group: 'Reward',
        source: 'docs/algorithms.md, Reward shaping',
      }),
      target: z.int().min(1).default(48).meta({
        title: 'Length target',
        description: 'Completions up to this length are not penalised.',
        group: 'Reward',
        source: 'Stiennon et al. 2020: 48 tokens; trl#522',
        unit: 'tokens',
      }),
      coefficient: z.number().positive().default(0.01).meta({
        title: 'Length penalty',
        description:
          'What each token, or each unit of the logarithm, beyond the target takes from the score.',
        group: 'Reward',
        source: 'Singhal et al. 2023, A long way to go',
      }),
    })
    .optional()
    .meta({
      title: 'Length penalty',
      description: 'Takes from the score of completions longer than a target; without it, nothing.',
      group: 'Reward',
      source: 'Singhal et al. 2023',
    }),
  repetitionPenalty: z
    .strictObject({
      n: z.int().min(1).max(16).default(3).meta({
        title: 'n-grams',
        description: 'How many tokens in a row count as repeated when they stood in the completion before.',
        group: 'Reward',
        source: 'Welleck et al. 2020: 1 … 4',
        unit: 'tokens',
      }),
      coefficient: z.number().positive().default(1).meta({
        title: 'Repetition penalty',
        description: 'What a completion that only repeats itself would lose; its share of repeats decides.',
        group: 'Reward',
        source: 'docs/algorithms.md, Reward shaping',
      }),
    })
    .optional()
    .meta({
      title: 'Repetition penalty',
      description: 'Takes from the score of completions that repeat themselves; without it, nothing.',
      group: 'Reward',
      source: 'Welleck et al. 2020',
    }),
}
