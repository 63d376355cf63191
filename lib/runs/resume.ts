import { z } from 'zod'
import type { RunStatus } from '#prisma/client/enums.ts'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db } from '../db.ts'
import { notFound, WhetstoneError } from '../errors.ts'
import { enqueue, queue } from '../jobs/queue.ts'
import { notifyRun } from '../jobs/record-events.ts'

export const resumeRunInput = z.strictObject({ id: z.string() })

/**
 * Puts a stopped or failed run back into the queue; it goes on from its last checkpoint, or from the start when it has none.
 * @throws WhetstoneError NOT_FOUND, CONFLICT when it is not stopped or failed
 */
export async function resumeRun(
  actor: Actor,
  { id }: z.output<typeof resumeRunInput>,
): Promise<{ status: RunStatus }> {
  authorise(actor, 'run.resume')
  const where = { id, workspaceId: actor.workspaceId }
  await queue()
  return db.$transaction(async (tx) => {
    const resumed = await tx.run.updateMany({
      where: { ...where, status: { in: ['STOPPED', 'FAILED'] } },
      data: { status: 'QUEUED', finishedAt: null },
    })
    const run = await tx.run.findFirst({ where, select: { status: true, name: true } })
    if (!run) throw notFound('run', id)
    if (resumed.count === 0) {
      throw new WhetstoneError(
        'CONFLICT',
        `The run '${run.name}' is ${run.status}, neither stopped nor failed.`,
        run.status === 'SUCCEEDED' ? 'Launch a new run to train further.' : 'It is already on its way.',
      )
    }
    await audit(tx, actor, 'run.resume', id)
    await enqueue('run', { runId: id }, tx)
    await notifyRun(tx, id)
    return { status: run.status }
  })
}
