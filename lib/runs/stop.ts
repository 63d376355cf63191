import { z } from 'zod'
import type { RunStatus } from '#prisma/client/enums.ts'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { defaultStaleSeconds, stopSilent } from '../jobs/claim.ts'
import { notifyRun } from '../jobs/record-events.ts'

export const stopRunInput = z.strictObject({ id: z.string() })

/**
 * Asks a run to stop: one in the queue is stopped at once, and so is one whose worker is gone; a running one after its
 * step, with a checkpoint. Asking again changes nothing.
 * @throws WhetstoneError NOT_FOUND, CONFLICT when it is already over
 */
export async function stopRun(
  actor: Actor,
  { id }: z.output<typeof stopRunInput>,
): Promise<{ status: RunStatus }> {
  authorise(actor, 'run.stop')
  const where = { id, workspaceId: actor.workspaceId }
  return db.$transaction(async (tx) => {
    const queued = await tx.run.updateMany({
      where: { ...where, status: 'QUEUED' },
      data: { status: 'STOPPED', finishedAt: new Date() },
    })
    const silent = await stopSilent(tx, where, defaultStaleSeconds)
    const running = await tx.run.updateMany({
      where: { ...where, status: 'RUNNING' },
      data: { status: 'STOPPING' },
    })
    const run = await tx.run.findFirst({ where, select: { status: true, name: true } })
    if (!run) throw notFound('run', id)
    if (silent || queued.count + running.count > 0) {
      await audit(tx, actor, 'run.stop', id)
      await notifyRun(tx, id)
    } else if (run.status !== 'STOPPING' && run.status !== 'STOPPED') {
      throw new WhetstoneError(
        'CONFLICT',
        `The run '${run.name}' is already over: ${run.status}.`,
        'There is nothing to stop.',
      )
    }
    return { status: run.status }
  })
}
