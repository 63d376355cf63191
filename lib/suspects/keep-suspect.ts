import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'

export const keepSuspectInput = z.strictObject({ rankingIds: z.array(z.string().min(1)).min(1).max(100) })

/**
 * Says that rankings are right though a reward model contradicts them: they are not shown as suspects again. Saying so twice is saying so
 * once. @throws WhetstoneError NOT_FOUND, and nothing is kept
 */
export async function keepSuspect(
  actor: Actor,
  { rankingIds }: z.output<typeof keepSuspectInput>,
): Promise<{ kept: number }> {
  authorise(actor, 'comparison.requeue')
  const { workspaceId } = actor
  const ids = [...new Set(rankingIds)]
  return db.$transaction(async (tx) => {
    // Two who say the same of one ranking at once wait here for each other.
    const rankings = await tx.$queryRaw<{ id: string; comparisonId: string }[]>`
      select id, "comparisonId" from "Ranking"
      where id = any(${ids}) and "workspaceId" = ${workspaceId} order by id for update`
    const missing = ids.find((id) => !rankings.some((ranking) => ranking.id === id))
    if (missing) throw notFound('ranking', missing)
    const said = await tx.auditEvent.findMany({
      where: { workspaceId, action: 'suspect.keep', subject: { in: ids } },
      select: { subject: true },
    })
    const known = new Set(said.map(({ subject }) => subject))
    for (const { id, comparisonId } of rankings)
      if (!known.has(id)) await audit(tx, actor, 'suspect.keep', id, { comparisonId })
    return { kept: ids.length }
  })
}
