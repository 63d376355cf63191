import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { type Database, db, Prisma } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'

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

/**
 * Changes a batch. Priority, overlap and assignees are written to its comparisons, gold ones included (for these the overlap is the one
 * they get back with their old kind); no overlap becomes smaller than the people who have taken the comparison already, and
 * `keptHigher` counts those that stayed above it. What somebody holds at the moment they may finish.
 * @throws WhetstoneError NOT_FOUND, CONFLICT when the name is taken, INVALID_INPUT for assignees who are no members
 */
export async function updateBatch(actor: Actor, input: Input): Promise<{ id: string; keptHigher: number }> {
  authorise(actor, 'batch.update')
  const { id, priority, overlap, assigneeIds, ...own } = input
  const found = await db.batch.findFirst({ where: { id, workspaceId: actor.workspaceId } })
  if (!found) throw notFound('batch', id)
  const assignees = assigneeIds && [...new Set(assigneeIds)]
  if (assignees) await refuseStrangers(actor, assignees)
  // Two transactions: whoever claims a repeat holds comparisons and then looks at the batch, so nobody may hold a renamed batch and
  // wait for its comparisons.
  const settings = definedOnly({ name: own.name, goldRate: own.goldRate, repeatRate: own.repeatRate })
  if (Object.keys(settings).length > 0) await changeOwn(actor, id, settings)
  const written = definedOnly({ priority, overlap, assigneeIds: assignees })
  if (Object.keys(written).length === 0) return { id, keptHigher: 0 }
  const keptHigher = await db.$transaction(
    async (tx) => {
      const kept = await changeComparisons(tx, actor.workspaceId, id, { priority, overlap, assignees })
      await audit(tx, actor, 'batch.update', id, { ...written, keptHigher: kept })
      return kept
    },
    { timeout: 120_000 },
  )
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

async function changeOwn(
  actor: Actor,
  id: string,
  data: { name?: string; goldRate?: number; repeatRate?: number },
): Promise<void> {
  try {
    await db.$transaction(async (tx) => {
      await tx.batch.update({ where: { id, workspaceId: actor.workspaceId }, data })
      await audit(tx, actor, 'batch.update', id, data)
    })
  } catch (error) {
    if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
    throw new WhetstoneError(
      'CONFLICT',
      `There is already a batch named '${data.name}'.`,
      'Choose another name.',
      {
        cause: error,
      },
    )
  }
}

/** Returns how many comparisons kept a higher overlap. They are locked in order of id, as lib/rankings/lease.ts asks. */
async function changeComparisons(
  tx: Database,
  workspaceId: string,
  batchId: string,
  { priority, overlap, assignees }: { priority?: number; overlap?: number; assignees?: string[] },
): Promise<number> {
  await tx.$queryRaw`
    select count(*)::int from (
      select from "Comparison"
      where "batchId" = ${batchId} and "workspaceId" = ${workspaceId} and kind in ('LABEL', 'EVALUATION', 'GOLD')
      order by id for no key update) locked`
  const [{ kept }] = await tx.$queryRaw<[{ kept: number }]>`
    with changed as (
      update "Comparison" set
        priority = coalesce(${priority ?? null}::int, priority),
        "assigneeIds" = coalesce(${assignees ?? null}::text[], "assigneeIds"),
        overlap = case when kind = 'GOLD' then overlap else greatest(taken, coalesce(${overlap ?? null}::int, overlap)) end,
        gold = case when ${overlap ?? null}::int is null then gold else jsonb_set(gold, '{overlap}', to_jsonb(${overlap ?? null}::int)) end
      where "batchId" = ${batchId} and "workspaceId" = ${workspaceId} and kind in ('LABEL', 'EVALUATION', 'GOLD')
      returning kind, overlap
    )
    select count(*) filter (where kind <> 'GOLD' and overlap > ${overlap ?? null}::int)::int as kept from changed`
  return kept
}
