import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { type Gold, goldOverlap, goldSchema } from './gold.ts'

const id = z.string().min(1).max(100)

export const setGoldInput = z.strictObject({
  id,
  /** Best first; ids of one group are tied; ids left out are not asked for. */
  groups: z.array(z.array(id).min(1).max(9)).max(9),
  allBad: z.boolean().default(false),
  /** Why this is the right answer, for researchers. */
  note: z.string().trim().max(2000).nullish(),
})

/**
 * Turns a comparison gold where it stands, or gives a gold one another answer. Annotators' rankings of it, earlier ones too, are held
 * to the answer and enter no dataset.
 * @throws WhetstoneError NOT_FOUND; CONFLICT for other kinds of comparisons; INVALID_INPUT when the groups do not fit
 */
export async function setGold(
  actor: Actor,
  input: z.output<typeof setGoldInput>,
): Promise<{ id: string; gold: Gold }> {
  authorise(actor, 'comparison.gold')
  const { groups, allBad } = input
  return db.$transaction(async (tx) => {
    const comparison = await lockComparison(tx, actor, input.id)
    if (comparison.kind !== 'LABEL' && comparison.kind !== 'GOLD') {
      throw new WhetstoneError(
        'CONFLICT',
        `This comparison is of kind ${comparison.kind}, and only people's own comparisons can be gold.`,
        comparison.originalId
          ? `Open the comparison it repeats, '${comparison.originalId}', and turn that gold.`
          : 'Choose one that annotators rank.',
      )
    }
    await refuseMisfit(tx, input)
    const before = comparison.gold === null ? null : goldSchema.parse(comparison.gold)
    const gold: Gold = {
      groups,
      allBad,
      note: input.note || null,
      overlap: before?.overlap ?? comparison.overlap,
      byId: actor.userId,
      at: new Date().toISOString(),
    }
    await tx.comparison.update({
      where: { id: input.id },
      data: { kind: 'GOLD', gold: { ...gold }, overlap: goldOverlap },
    })
    await audit(tx, actor, 'comparison.gold', input.id, { groups, allBad, note: gold.note })
    return { id: input.id, gold }
  })
}

/** The comparison, locked until the transaction ends, so that nobody takes a slot meanwhile. @throws WhetstoneError NOT_FOUND */
export async function lockComparison(tx: Database, actor: Actor, comparisonId: string) {
  const { workspaceId } = actor
  await tx.$queryRaw`
    select from "Comparison" where id = ${comparisonId} and "workspaceId" = ${workspaceId} for update`
  const comparison = await tx.comparison.findFirst({ where: { id: comparisonId, workspaceId } })
  if (!comparison) throw notFound('comparison', comparisonId)
  return comparison
}

async function refuseMisfit(tx: Database, input: z.output<typeof setGoldInput>): Promise<void> {
  const members = await tx.comparisonCompletion.findMany({
    where: { comparisonId: input.id },
    select: { completionId: true },
  })
  const known = new Set(members.map(({ completionId }) => completionId))
  const ranked = input.groups.flat()
  const unknown = ranked.filter((completion) => !known.has(completion))
  const repeated = ranked.filter((completion, index) => ranked.indexOf(completion) !== index)
  const wrong = [
    unknown.length > 0 && `groups: ${quote(unknown)} do not belong to this comparison`,
    repeated.length > 0 && `groups: ${quote(repeated)} occur more than once`,
    ranked.length < 2 && !input.allBad && 'groups: an answer orders at least two completions',
  ].filter((line) => typeof line === 'string')
  if (wrong.length === 0) return
  throw new WhetstoneError(
    'INVALID_INPUT',
    `${wrong.join('; ')}.`,
    `Rank at least two of these, each at most once, or say that all of them are bad: ${quote([...known])}.`,
  )
}

function quote(ids: string[]): string {
  return [...new Set(ids)].map((each) => `'${each}'`).join(', ')
}
