import { z } from 'zod'
import { oneJudge } from './guards.ts'
import { clipping, completionsPerPrompt, dividesBatch, sampler } from './samplers.ts'

export const grpo = z
  .strictObject({
    ...sampler({ learningRate: 2e-4 }),
    completionsPerPrompt: completionsPerPrompt(8, 'DeepSeekMath 64, TRL 8'),
    ...clipping(1),
    klCoefficient: z.number().min(0).default(0.04).meta({
      title: 'KL coefficient β',
      description: 'The weight of the KL to the reference (k3, differentiated) in the loss.',
      group: 'KL',
      source: 'DeepSeekMath .04; TRL 0',
    }),
    divideByDeviation: z.boolean().default(true).meta({
      title: 'Divide by the deviation',
      description:
        'Advantages are in deviations of their group; off, as in Dr. GRPO, prompts with close scores do not weigh more.',
      group: 'Advantages',
      source: 'Shao et al. 2024; off in Liu et al. 2025',
    }),
    lossMean: z.enum(['response', 'token', 'constant']).default('response').meta({
      title: 'Loss mean',
      description:
        'Every response weighs the same (GRPO), every token (DAPO), or tokens are divided by the response length (Dr. GRPO).',
      group: 'Loss',
      source: 'TRL loss_type grpo, dapo, dr_grpo',
    }),
  })
  .refine(dividesBatch.holds, dividesBatch.issue)
  .superRefine(oneJudge)
  .meta({
    title: 'GRPO',
    description: 'PPO without a value model: advantages relative to the group of completions of a prompt.',
  })
