import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, Prisma } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { isAskedAgain } from './asked-again.ts'

const rate = z.number().min(0).max(0.5)

export const updateBatchInput = z.strictObject({
  id: z.string().min(1),
  name: z.string().trim().min(1).max(100).optional(),
  /** Higher is served first. */
  priority: z.number().int().min(-1000).max(1000).optional(),
  /** Annotators for each comparison. */
  overlap: z.number().int().min(1).max(100).optional(),
  /** Users who may be given its comparisons; anyone when empty. */
  assigneeIds: z.array(z.string().min(1).max(100)).max(1000).optional(),
  /** Shares of what each annotator gets that are gold and repeated items. */
  goldRate: rate.optional(),
  repeatRate: rate.optional(),
})

type Input = z.output<typeof updateBatchInput>

/** Comparisons written in one statement. */
const CHUNK = 1000

/**
 * Changes a batch. Priority, overlap and assignees are written to its comparisons, gold ones included (for these the overlap is the one
 * they get back with their old kind); no overlap becomes smaller than the people who have taken the comparison already, and
 * `keptHigher` counts those that stayed above it; so do those that one more was asked to rank and nobody has. What somebody holds at
 * the moment they may finish. The audit tells when the change has `begun`, and again when all comparisons have it.
 * @throws WhetstoneError NOT_FOUND, CONFLICT when the name is taken, INVALID_INPUT for assignees who are no members
 */
export async function updateBatch(actor: Actor, input: Input): Promise<{ id: string; keptHigher: number }> {
  authorise(actor, 'batch.update')
  const { id, priority, overlap, assigneeIds, name, goldRate, repeatRate } = input
  const found = await db.batch.findFirst({ where: { id, workspaceId: actor.workspaceId } })
  if (!found) throw notFound('batch', id)
  const assignees = assigneeIds && [...new Set(assigneeIds)]
  if (assignees) await refuseStrangers(actor, assignees)
  const own = definedOnly({ name, goldRate, repeatRate })
  const written = definedOnly({ priority, overlap, assigneeIds: assignees })
  if (Object.keys({ ...own, ...written }).length === 0) return { id, keptHigher: 0 }
  const reaches = Object.keys(written).length > 0
  try {
    await db.$transaction(async (tx) => {
      await tx.batch.update({ where: { id }, data: own })
      await audit(tx, actor, 'batch.update', id, { ...own, ...written, ...(reaches && { begun: true }) })
    })
  } catch (error) {
    if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
    const message = `There is already a batch named '${name}'.`
    throw new WhetstoneError('CONFLICT', message, 'Choose another name.', { cause: error })
  }
  if (!reaches) return { id, keptHigher: 0 }
  await writeComparisons(id, { priority, overlap, assignees })
  const keptHigher = overlap
    ? await db.comparison.count({
        where: { batchId: id, kind: { in: ['LABEL', 'EVALUATION'] }, overlap: { gt: overlap } },
      })
    : 0
  await audit(db, actor, 'batch.update', id, { ...written, keptHigher })
  return { id, keptHigher }
}

function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}

async function refuseStrangers(actor: Actor, assignees: string[]): Promise<void> {
  const members = await db.member.findMany({
    where: { workspaceId: actor.workspaceId, userId: { in: assignees } },
    select: { userId: true },
  })
  const known = new Set(members.map((member) => member.userId))
  const strangers = assignees.filter((id) => !known.has(id))
  if (strangers.length === 0) return
  throw new WhetstoneError(
    'INVALID_INPUT',
    `assigneeIds: ${strangers.map((id) => `'${id}'`).join(', ')} ${strangers.length === 1 ? 'is no member' : 'are no members'} of this workspace.`,
    'Choose among the members, or leave it empty for anyone.',
  )
}

/**
 * Writes to the comparisons that differ, some at a time, each time those that nobody is claiming; while all that are left are busy it waits
 * for one of them, holding none. A claim that waits for its turn may hold comparisons in the order of the queue, so whoever held many
 * and waited for another would wait for ever.
 */
async function writeComparisons(
  batchId: string,
  { priority, overlap, assignees }: { priority?: number; overlap?: number; assignees?: string[] },
): Promise<void> {
  const [newPriority, newOverlap, people] = [priority ?? null, overlap ?? null, assignees ?? null]
  const wanted = Prisma.sql`greatest(c.taken, ${newOverlap}::int, case when ${isAskedAgain} then c.submitted + 1 end)`
  const differing = Prisma.sql`
    select c.id from "Comparison" c
    where c."batchId" = ${batchId} and c.kind in ('LABEL', 'EVALUATION', 'GOLD')
      and (c.priority <> ${newPriority}::int or c."assigneeIds" <> ${people}::text[]
        or case when c.kind = 'GOLD' then c.gold -> 'overlap' <> to_jsonb(${newOverlap}::int)
          else ${newOverlap}::int is not null and c.overlap <> ${wanted} end)`
  for (;;) {
    const written = await db.$executeRaw`
      with chosen as (${differing} limit ${CHUNK} for no key update skip locked)
      update "Comparison" c set
        priority = coalesce(${newPriority}::int, priority),
        "assigneeIds" = coalesce(${people}::text[], "assigneeIds"),
        overlap = case when kind = 'GOLD' or ${newOverlap}::int is null then overlap else ${wanted} end,
        gold = case when ${newOverlap}::int is null then gold else jsonb_set(gold, '{overlap}', to_jsonb(${newOverlap}::int)) end
      from chosen where c.id = chosen.id`
    if (written > 0) continue
    const [busy] = await db.$queryRaw<{ id: string }[]>`${differing} limit 1`
    if (!busy) return
    await db.$executeRaw`select from "Comparison" where id = ${busy.id} for no key update`
  }
}
