import { randomUUID } from 'node:crypto'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { db } from '../db.ts'
import type { Choice } from '../selection/choose-comparisons.ts'

interface BatchSettings {
  /** The batch's name. */
  batch: string
  size: number
  overlap: number
  priority: number
  assigneeIds: string[]
  goldRate?: number
  repeatRate?: number
  select?: { by: string; rewardId?: string }
}

const chunkSize = 500

/** Returns how many were made: another request for the same batch may have been faster with some. */
export async function storeComparisons(
  actor: Actor,
  input: BatchSettings,
  choices: readonly Choice[],
): Promise<number> {
  // The queue serves the older first, and a millisecond apart keeps the order of choice.
  const start = Date.now() - choices.length
  let created = 0
  for (let from = 0; from < choices.length; from += chunkSize)
    created += await storeChunk(actor, input, choices.slice(from, from + chunkSize), start + from)
  return created
}

async function storeChunk(
  actor: Actor,
  input: BatchSettings,
  choices: readonly Choice[],
  start: number,
): Promise<number> {
  const { workspaceId } = actor
  const { batch: name, size, overlap, priority, assigneeIds, goldRate, repeatRate, select } = input
  return db.$transaction(async (tx) => {
    await tx.batch.createMany({ data: [{ workspaceId, name }], skipDuplicates: true })
    const [batch] = await tx.$queryRaw<[{ id: string }]>`
      select id from "Batch" where "workspaceId" = ${workspaceId} and name = ${name} for update`
    if (goldRate !== undefined || repeatRate !== undefined)
      await tx.batch.update({ where: { id: batch.id }, data: { goldRate, repeatRate } })
    const rows = await tx.comparison.findMany({
      where: { batchId: batch.id, promptId: { in: choices.map(({ promptId }) => promptId) } },
      select: { promptId: true },
    })
    const there = new Set(rows.map((row) => row.promptId))
    const comparisons = choices
      .map((choice, index) => ({ ...choice, id: randomUUID(), createdAt: new Date(start + index) }))
      .filter(({ promptId }) => !there.has(promptId))
    await tx.comparison.createMany({
      data: comparisons.map(({ id, promptId, createdAt, reason }) => ({
        id,
        workspaceId,
        promptId,
        batchId: batch.id,
        overlap,
        priority,
        assigneeIds,
        createdAt,
        ...(reason && { reason: { ...reason } }),
      })),
    })
    await tx.comparisonCompletion.createMany({
      data: comparisons.flatMap(({ id, completionIds }) =>
        completionIds.map((completionId, position) => ({ comparisonId: id, completionId, position })),
      ),
    })
    await audit(tx, actor, 'comparison.create', batch.id, {
      created: comparisons.length,
      size,
      overlap,
      ...(select && { select }),
      ...(assigneeIds.length > 0 && { assigneeIds }),
      ...(goldRate !== undefined && { goldRate }),
      ...(repeatRate !== undefined && { repeatRate }),
    })
    return comparisons.length
  })
}
