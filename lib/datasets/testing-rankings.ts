import { randomUUID } from 'node:crypto'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'

/** The actor's ranking of a comparison; `groups` hold positions in the comparison, best first. Returns its id. */
export async function rank(
  actor: Actor,
  comparisonId: string,
  groups: number[][],
  more: {
    strength?: number
    flags?: { target: number | 'prompt'; flag: string }[]
    supersedes?: string
    createdAt?: Date
  } = {},
): Promise<string> {
  const { workspaceId, userId } = actor
  const places = await db.comparisonCompletion.findMany({
    where: { comparisonId },
    orderBy: { position: 'asc' },
  })
  const idAt = (position: number) => places[position]!.completionId
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
      groups: groups.map((group) => group.map(idAt)),
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
