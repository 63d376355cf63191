import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, Prisma } from '../db.ts'
import { WhetstoneError } from '../errors.ts'
import { goldSchema } from './gold.ts'
import { lockComparison } from './set-gold.ts'

export const unsetGoldInput = z.strictObject({ id: z.string().min(1) })

/**
 * Makes a gold comparison an ordinary one again: its rankings count as preferences, and it wants as many as before, or as there are.
 * @throws WhetstoneError NOT_FOUND; CONFLICT when it is not gold
 */
export async function unsetGold(
  actor: Actor,
  { id }: z.output<typeof unsetGoldInput>,
): Promise<{ id: string; overlap: number }> {
  authorise(actor, 'comparison.gold')
  return db.$transaction(async (tx) => {
    const comparison = await lockComparison(tx, actor, id)
    if (comparison.kind !== 'GOLD') {
      throw new WhetstoneError('CONFLICT', 'This comparison is not gold.', 'There is nothing to take back.')
    }
    const overlap = Math.max(comparison.taken, goldSchema.parse(comparison.gold).overlap)
    await tx.comparison.update({
      where: { id },
      data: { kind: 'LABEL', gold: Prisma.DbNull, overlap },
    })
    await audit(tx, actor, 'comparison.gold', id, { gold: null })
    return { id, overlap }
  })
}
