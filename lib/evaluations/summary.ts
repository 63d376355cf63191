import { z } from 'zod'

const rate = z.object({
  wins: z.number(),
  losses: z.number(),
  ties: z.number(),
  /** B's, a tie being half a win. */
  winRate: z.number(),
  low: z.number(),
  high: z.number(),
  /** Prompts judged. */
  n: z.number(),
})

/** What an evaluation found: version B against version A. Null where there was no judge or no value. */
export const evaluationSummary = z.object({
  rubric: rate.nullable(),
  rewardModel: rate.nullable(),
  /** Mean KL of a completion from its version's root ancestor, in nats. */
  klA: z.number().nullable(),
  klB: z.number().nullable(),
  /** Mean tokens of a completion. */
  lengthA: z.number(),
  lengthB: z.number(),
  /** Mean reward, normalised as the reward model says. */
  rewardA: z.number().nullable(),
  rewardB: z.number().nullable(),
  /** Mean rubric score, 0 … 10. */
  rubricA: z.number().nullable(),
  rubricB: z.number().nullable(),
})
export type EvaluationSummary = z.output<typeof evaluationSummary>
