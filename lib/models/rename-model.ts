import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound } from '../errors.ts'
import { type ModelRow, modelRow, modelRowSelect } from './model-row.ts'

export const renameModelInput = z.strictObject({ id: z.string(), name: z.string().trim().min(1).max(120) })

/** Gives a model version another name; nothing else of a version ever changes. @throws WhetstoneError NOT_FOUND */
export async function renameModel(
  actor: Actor,
  { id, name }: z.output<typeof renameModelInput>,
): Promise<ModelRow> {
  authorise(actor, 'model.update')
  return db.$transaction(async (tx) => {
    const where = { id, workspaceId: actor.workspaceId }
    const before = await tx.modelVersion.findFirst({ where, select: { name: true } })
    if (!before) throw notFound('model', id)
    const version = await tx.modelVersion.update({ where, data: { name }, select: modelRowSelect })
    await audit(tx, actor, 'model.rename', id, { from: before.name, to: name })
    return modelRow(version)
  })
}
