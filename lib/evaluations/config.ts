import { z } from 'zod'
import { computing } from '#trainer/config.ts'

/** How an evaluation samples both versions; kept as the config of its run. */
export const evaluationConfig = z.strictObject({
  /** At most this many held-out prompts, in the order of their import. */
  prompts: z.int().min(1).max(10_000).default(100),
  responseLength: z.int().min(1).max(4096).default(48),
  temperature: z.number().positive().max(10).default(1),
  ...computing,
})
export type EvaluationConfig = z.output<typeof evaluationConfig>
