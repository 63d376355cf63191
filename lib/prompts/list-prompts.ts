import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { afterCursor, newestFirst, type Page, pageInput, pageOf } from '../pagination.ts'
import type { Message } from './messages.ts'

export const listPromptsInput = z.strictObject({
  ...pageInput,
  split: z.enum(['TRAIN', 'EVAL']).optional(),
  tag: z.string().optional(),
})

export interface PromptItem {
  id: string
  text: string
  messages: Message[]
  split: 'TRAIN' | 'EVAL'
  tags: string[]
  completionCount: number
  comparisonCount: number
  createdAt: Date
}

/** All but the copies in which one is repeated or decided. */
export const ownComparisons = { where: { originalId: null } }

export async function listPrompts(
  actor: Actor,
  input: z.output<typeof listPromptsInput>,
): Promise<Page<PromptItem>> {
  authorise(actor, 'prompt.list')
  const where = {
    workspaceId: actor.workspaceId,
    ...(input.split && { split: input.split }),
    ...(input.tag && { tags: { has: input.tag } }),
    ...(input.q && { text: { contains: input.q, mode: 'insensitive' as const } }),
  }
  const [rows, total] = await Promise.all([
    db.prompt.findMany({
      where: { ...where, ...afterCursor(input.cursor) },
      orderBy: newestFirst,
      take: input.limit + 1,
      include: { _count: { select: { completions: true, comparisons: ownComparisons } } },
    }),
    db.prompt.count({ where }),
  ])
  return pageOf(rows, input.limit, total, (row) => ({
    id: row.id,
    text: row.text,
    messages: row.messages as unknown as Message[],
    split: row.split,
    tags: row.tags,
    completionCount: row._count.completions,
    comparisonCount: row._count.comparisons,
    createdAt: row.createdAt,
  }))
}
