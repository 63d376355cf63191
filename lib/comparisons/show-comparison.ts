import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'
import type { Message } from '../prompts/messages.ts'
import type { CompletionItem } from '../prompts/show-prompt.ts'
import type { Flag } from '../rankings/assignment-view.ts'
import type { ComparisonItem } from './list-comparisons.ts'

export const showComparisonInput = z.strictObject({ id: z.string().min(1) })

export interface RankingItem {
  id: string
  annotator: { id: string; name: string }
  groups: string[][]
  shownOrder: string[]
  allBad: boolean
  strength: number | null
  flags: Flag[]
  comment: string | null
  millisecondsSpent: number
  createdAt: Date
  /** A later ranking of the same annotator replaced it. */
  superseded: boolean
}

export interface ComparisonDetails extends Omit<ComparisonItem, 'prompt'> {
  prompt: { id: string; text: string; messages: Message[] }
  /** By position. */
  completions: CompletionItem[]
  rankings: RankingItem[]
  skips: { annotator: { id: string; name: string }; reason: string; createdAt: Date }[]
}

/** A comparison with everything said about it, oldest ranking first. @throws WhetstoneError NOT_FOUND */
export async function showComparison(
  actor: Actor,
  { id }: z.output<typeof showComparisonInput>,
): Promise<ComparisonDetails> {
  authorise(actor, 'comparison.show')
  const person = { select: { id: true, name: true } }
  const found = await db.comparison.findFirst({
    where: { id, workspaceId: actor.workspaceId },
    include: {
      prompt: { select: { id: true, text: true, messages: true } },
      batch: { select: { id: true, name: true } },
      completions: {
        orderBy: { position: 'asc' },
        include: {
          completion: { include: { modelVersion: { select: { id: true, name: true, version: true } } } },
        },
      },
      rankings: {
        orderBy: { createdAt: 'asc' },
        include: {
          annotator: person,
          assignment: { select: { shownOrder: true } },
          supersededBy: { select: { id: true } },
        },
      },
      assignments: { where: { status: 'SKIPPED' }, include: { annotator: person } },
    },
  })
  if (!found) throw notFound('comparison', id)
  return {
    id: found.id,
    prompt: { ...found.prompt, messages: found.prompt.messages as unknown as Message[] },
    batch: found.batch,
    kind: found.kind,
    size: found.completions.length,
    overlap: found.overlap,
    taken: found.taken,
    submitted: found.submitted,
    priority: found.priority,
    createdAt: found.createdAt,
    completions: found.completions.map(({ completion }) => ({
      id: completion.id,
      text: completion.text,
      source: completion.source,
      modelVersion: completion.modelVersion,
      tokens: completion.tokens,
      finished: completion.finished,
      createdAt: completion.createdAt,
    })),
    rankings: found.rankings.map((ranking) => ({
      id: ranking.id,
      annotator: ranking.annotator,
      groups: ranking.groups as unknown as string[][],
      shownOrder: ranking.assignment.shownOrder,
      allBad: ranking.allBad,
      strength: ranking.strength,
      flags: ranking.flags as unknown as Flag[],
      comment: ranking.comment,
      millisecondsSpent: ranking.millisecondsSpent,
      createdAt: ranking.createdAt,
      superseded: ranking.supersededBy !== null,
    })),
    skips: found.assignments.map((assignment) => ({
      annotator: assignment.annotator,
      reason: assignment.skipReason ?? '',
      createdAt: assignment.finishedAt ?? assignment.claimedAt,
    })),
  }
}
