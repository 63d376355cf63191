import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'
import { ownComparisons, type PromptItem } from './list-prompts.ts'
import type { Message } from './messages.ts'

export const showPromptInput = z.strictObject({ id: z.string().min(1) })

export interface CompletionItem {
  id: string
  text: string
  source: string | null
  modelVersion: { id: string; name: string; version: number } | null
  tokens: number | null
  finished: boolean | null
  createdAt: Date
}

/** A prompt with its completions, oldest first. @throws WhetstoneError NOT_FOUND */
export async function showPrompt(
  actor: Actor,
  { id }: z.output<typeof showPromptInput>,
): Promise<PromptItem & { completions: CompletionItem[] }> {
  authorise(actor, 'prompt.show')
  const prompt = await db.prompt.findFirst({
    where: { id, workspaceId: actor.workspaceId },
    include: {
      _count: { select: { comparisons: ownComparisons } },
      completions: {
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        select: {
          id: true,
          text: true,
          source: true,
          tokens: true,
          finished: true,
          createdAt: true,
          modelVersion: { select: { id: true, name: true, version: true } },
        },
      },
    },
  })
  if (!prompt) throw notFound('prompt', id)
  return {
    id: prompt.id,
    text: prompt.text,
    messages: prompt.messages as unknown as Message[],
    split: prompt.split,
    tags: prompt.tags,
    completionCount: prompt.completions.length,
    comparisonCount: prompt._count.comparisons,
    createdAt: prompt.createdAt,
    completions: prompt.completions,
  }
}
