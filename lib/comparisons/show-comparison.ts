import { z } from 'zod'
import type { ComparisonKind } from '#prisma/client/enums.ts'
import { disagreementOf } from '../adjudication/disagreement.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { notFound } from '../errors.ts'
import { goldSchema } from '../gold/gold.ts'
import type { Message } from '../prompts/messages.ts'
import type { CompletionItem } from '../prompts/show-prompt.ts'
import { editOf, type Flag, withoutEdit } from '../rankings/assignment-view.ts'
import { type SelectionReason, selectionReason } from '../selection/reason.ts'

export const showComparisonInput = z.strictObject({ id: z.string().min(1) })

interface Person {
  id: string
  name: string
}

export interface RankingItem {
  id: string
  annotator: Person
  /** Of the comparison's own completions. */
  groups: string[][]
  /** What the annotator wrote by improving `completionId`, ranked above all groups. */
  edit: { completionId: string; text: string } | null
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

export interface ComparisonDetails {
  id: string
  prompt: { id: string; text: string; messages: Message[] }
  batch: { id: string; name: string } | null
  kind: ComparisonKind
  size: number
  overlap: number
  taken: number
  submitted: number
  priority: number
  createdAt: Date
  /** By position. */
  completions: CompletionItem[]
  rankings: RankingItem[]
  skips: { annotator: Person; reason: string; createdAt: Date }[]
  /** Who may be given it, by name; anyone when empty. */
  assignees: Person[]
  /** Share of verdicts in conflict, 0 … 1; null when no two rankings share a pair. */
  disagreement: number | null
  /** The researcher's answer that wins; null while there is none. */
  decision: RankingItem | null
  /** Who is deciding at this moment. */
  deciding: Person | null
  gold: {
    groups: string[][]
    allBad: boolean
    note: string | null
    by: Person | null
    at: string
    overlap: number
  } | null
  /** Why it was chosen; null when nothing chose it. */
  reason: SelectionReason | null
  requeuedAt: Date | null
  /** Of a repeated or adjudicated one, the comparison whose completions these are. */
  originalId: string | null
}

const person = { select: { id: true, name: true } }
const rankingInclude = {
  annotator: person,
  assignment: { select: { shownOrder: true } },
  supersededBy: { select: { id: true } },
  edit: { select: { text: true, editedFromId: true } },
} satisfies Prisma.RankingInclude

type RankingRow = Prisma.RankingGetPayload<{ include: typeof rankingInclude }>

/** A comparison with everything said about it, oldest ranking first. @throws WhetstoneError NOT_FOUND */
export async function showComparison(
  actor: Actor,
  { id }: z.output<typeof showComparisonInput>,
): Promise<ComparisonDetails> {
  authorise(actor, 'comparison.show')
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
      rankings: { orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], include: rankingInclude },
      assignments: { where: { status: 'SKIPPED' }, include: { annotator: person } },
      copies: {
        where: { kind: 'ADJUDICATION' },
        include: {
          rankings: { where: { supersededBy: { is: null } }, include: rankingInclude },
          assignments: {
            where: { status: 'CLAIMED', leaseUntil: { gt: new Date() } },
            include: { annotator: person },
          },
        },
      },
    },
  })
  if (!found) throw notFound('comparison', id)
  const gold = found.gold === null ? null : goldSchema.parse(found.gold)
  const named = new Map(
    (
      await db.user.findMany({
        where: {
          id: { in: [...found.assigneeIds, ...(gold ? [gold.byId] : [])] },
          members: { some: { workspaceId: actor.workspaceId } },
        },
        ...person,
      })
    ).map((one) => [one.id, one]),
  )
  const adjudication = found.copies[0]
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
    rankings: found.rankings.map(rankingItem),
    skips: found.assignments.map((assignment) => ({
      annotator: assignment.annotator,
      reason: assignment.skipReason ?? '',
      createdAt: assignment.finishedAt ?? assignment.claimedAt,
    })),
    assignees: found.assigneeIds.flatMap((each) => named.get(each) ?? []),
    disagreement: await disagreementOf(db, actor.workspaceId, id),
    decision: adjudication?.rankings[0] ? rankingItem(adjudication.rankings[0]) : null,
    deciding: adjudication?.assignments[0]?.annotator ?? null,
    gold: gold && {
      groups: gold.groups,
      allBad: gold.allBad,
      note: gold.note,
      by: named.get(gold.byId) ?? null,
      at: gold.at,
      overlap: gold.overlap,
    },
    reason: found.reason === null ? null : selectionReason.parse(found.reason),
    requeuedAt: found.requeuedAt,
    originalId: found.originalId,
  }
}

function rankingItem(ranking: RankingRow): RankingItem {
  const stored = {
    groups: ranking.groups as unknown as string[][],
    editId: ranking.editId,
    editText: ranking.edit?.text ?? null,
    editedFromId: ranking.edit?.editedFromId ?? null,
  }
  return {
    id: ranking.id,
    annotator: ranking.annotator,
    groups: withoutEdit(stored),
    edit: editOf(stored, ranking.assignment.shownOrder),
    shownOrder: ranking.assignment.shownOrder,
    allBad: ranking.allBad,
    strength: ranking.strength,
    flags: ranking.flags as unknown as Flag[],
    comment: ranking.comment,
    millisecondsSpent: ranking.millisecondsSpent,
    createdAt: ranking.createdAt,
    superseded: ranking.supersededBy !== null,
  }
}
