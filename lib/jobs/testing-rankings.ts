import { randomUUID } from 'node:crypto'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'

/** Comparisons of the prompts' completions, `size` each, ranked by the actor: longer texts first. Tied groups by length. */
export async function makeRanking(
  actor: Actor,
  { size, count }: { size: number; count: number },
): Promise<void> {
  const { workspaceId, userId } = actor
  const prompts = await db.prompt.findMany({
    where: { workspaceId },
    take: count,
    orderBy: { createdAt: 'asc' },
    include: { completions: { orderBy: { id: 'asc' }, take: size } },
  })
  for (const { id: promptId, completions } of prompts) {
    const comparison = await db.comparison.create({
      data: {
        workspaceId,
        promptId,
        taken: 1,
        submitted: 1,
        completions: { create: completions.map(({ id }, position) => ({ completionId: id, position })) },
      },
    })
    const shownOrder = completions.map(({ id }) => id)
    const assignment = await db.assignment.create({
      data: {
        workspaceId,
        comparisonId: comparison.id,
        annotatorId: userId,
        status: 'SUBMITTED',
        shownOrder,
        leaseUntil: new Date(),
      },
    })
    const groups = completions.toSorted((a, b) => b.text.length - a.text.length).map(({ id }) => [id])
    await db.ranking.create({
      data: {
        workspaceId,
        comparisonId: comparison.id,
        assignmentId: assignment.id,
        annotatorId: userId,
        groups,
        millisecondsSpent: 1000,
        idempotencyKey: randomUUID(),
      },
    })
  }
}
