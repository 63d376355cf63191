import { randomUUID } from 'node:crypto'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import { completionHash } from '../prompts/messages.ts'

/** The actor's ranking of a comparison, past the queue: its counts stay; `groups` hold positions in the comparison, best first. Returns its id. */
export async function rank(
  actor: Actor,
  comparisonId: string,
  groups: number[][],
  more: {
    strength?: number
    flags?: { target: number | 'prompt'; flag: string }[]
    supersedes?: string
    createdAt?: Date
    /** The completion at `of` improved into `text`, ranked before all others. */
    edit?: { of: number; text: string }
  } = {},
): Promise<string> {
  const { workspaceId, userId } = actor
  const places = await db.comparisonCompletion.findMany({
    where: { comparisonId },
    orderBy: { position: 'asc' },
  })
  const idAt = (position: number) => places[position]!.completionId
  const edit = more.edit && (await editOf(actor, comparisonId, idAt(more.edit.of), more.edit.text))
  const assignment = await db.assignment.upsert({
    where: { comparisonId_annotatorId: { comparisonId, annotatorId: userId } },
    update: {},
    create: {
      workspaceId,
      comparisonId,
      annotatorId: userId,
      status: 'SUBMITTED',
      shownOrder: places.map(({ completionId }) => completionId),
      leaseUntil: new Date(),
    },
  })
  const { id } = await db.ranking.create({
    data: {
      workspaceId,
      comparisonId,
      assignmentId: assignment.id,
      annotatorId: userId,
      groups: [...(edit ? [[edit]] : []), ...groups.map((group) => group.map(idAt))],
      editId: edit,
      strength: more.strength,
      flags: (more.flags ?? []).map(({ target, flag }) => ({
        target: target === 'prompt' ? target : idAt(target),
        flag,
      })),
      supersedesId: more.supersedes,
      createdAt: more.createdAt,
      millisecondsSpent: 1000,
      idempotencyKey: randomUUID(),
    },
  })
  return id
}

async function editOf({ workspaceId, userId }: Actor, comparisonId: string, from: string, text: string) {
  const { promptId } = await db.comparison.findUniqueOrThrow({ where: { id: comparisonId } })
  const made = await db.completion.create({
    data: {
      workspaceId,
      promptId,
      text,
      source: 'edit',
      editedFromId: from,
      authorId: userId,
      contentHash: completionHash(text),
    },
  })
  return made.id
}

/** A comparison of the first `size` completions of each of the oldest `count` prompts. Returns their ids. */
export async function compareCompletions(
  workspaceId: string,
  { size, count }: { size: number; count: number },
): Promise<string[]> {
  const prompts = await db.prompt.findMany({
    where: { workspaceId },
    take: count,
    orderBy: { createdAt: 'asc' },
    include: { completions: { orderBy: { id: 'asc' }, take: size } },
  })
  const ids: string[] = []
  for (const { id: promptId, completions } of prompts) {
    const made = await db.comparison.create({
      data: {
        workspaceId,
        promptId,
        taken: 1,
        submitted: 1,
        completions: { create: completions.map(({ id }, position) => ({ completionId: id, position })) },
      },
    })
    ids.push(made.id)
  }
  return ids
}
