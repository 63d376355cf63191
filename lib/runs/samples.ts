import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { notFound } from '../errors.ts'

export const listSamplesInput = z.strictObject({
  id: z.string(),
  step: z.coerce.number().int().min(0).optional(),
})

export interface SampleRow {
  step: number
  index: number
  prompt: string
  completion: string
  scores: Record<string, number>
  tokens: string[] | null
  /** Of each token, in nats. */
  kl: number[] | null
}

export interface Samples {
  /** Steps that have samples. */
  steps: number[]
  /** The step of the items; null when there are none. */
  step: number | null
  items: SampleRow[]
}

export const sampleSelect = {
  step: true,
  index: true,
  prompt: true,
  completion: true,
  scores: true,
  tokens: true,
  kl: true,
} satisfies Prisma.SampleSelect

/** The samples of one step, the latest when none is named. @throws WhetstoneError NOT_FOUND */
export async function listSamples(
  actor: Actor,
  { id, step }: z.output<typeof listSamplesInput>,
): Promise<Samples> {
  authorise(actor, 'run.show')
  const run = await db.run.findFirst({ where: { id, workspaceId: actor.workspaceId }, select: { id: true } })
  if (!run) throw notFound('run', id)
  const grouped = await db.sample.groupBy({ by: ['step'], where: { runId: id }, orderBy: { step: 'asc' } })
  const steps = grouped.map((group) => group.step)
  const shown = step ?? steps.at(-1)
  if (shown === undefined) return { steps, step: null, items: [] }
  const items = await db.sample.findMany({
    where: { runId: id, step: shown },
    orderBy: { index: 'asc' },
    select: sampleSelect,
  })
  return { steps, step: shown, items: items as SampleRow[] }
}
