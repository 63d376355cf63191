import { z } from 'zod'
import type { Prisma } from '../db.ts'

/** Which prompts a run reads. */
export const promptFilter = z.strictObject({
  split: z.enum(['TRAIN', 'EVAL']).optional(),
  tag: z.string().min(1).max(64).optional(),
  /** The first this many, in the order of their import. */
  limit: z.int().min(1).max(1_000_000).optional(),
})
export type PromptFilter = z.output<typeof promptFilter>

export function promptsWhere(workspaceId: string, filter: PromptFilter): Prisma.PromptWhereInput {
  return {
    workspaceId,
    ...(filter.split ? { split: filter.split } : {}),
    ...(filter.tag ? { tags: { has: filter.tag } } : {}),
  }
}
