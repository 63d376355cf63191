import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { audit } from '../audit.ts'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, Prisma } from '../db.ts'
import { notFound } from '../errors.ts'

const CHUNK = 500

export const makeComparisonsInput = z.strictObject({
  /** The batch's name; made when there is none of that name. */
  batch: z.string().trim().min(1).max(100),
  size: z.number().int().min(2).max(9),
  overlap: z.number().int().min(1).max(100).default(1),
  priority: z.number().int().min(-1000).max(1000).default(0),
  limit: z.number().int().min(1).max(100_000).optional(),
  /** Only completions of this version. */
  modelVersionId: z.string().min(1).optional(),
  split: z.enum(['TRAIN', 'EVAL']).optional(),
  tag: z.string().min(1).optional(),
  seed: z.number().int().default(0),
})

type Input = z.output<typeof makeComparisonsInput>

/**
 * Makes one comparison for each prompt that has `size` distinct completions and none in this batch yet. Which prompts (when
 * limited) and which completions are taken follows from the seed. `reason` says why prompts were skipped.
 */
export async function makeComparisons(
  actor: Actor,
  input: Input,
): Promise<{ created: number; skipped: number; reason?: string }> {
  authorise(actor, 'comparison.create')
  const { workspaceId } = actor
  const { modelVersionId, limit = Number.POSITIVE_INFINITY } = input
  if (modelVersionId) {
    const version = await db.modelVersion.findFirst({ where: { id: modelVersionId, workspaceId } })
    if (!version) throw notFound('model version', modelVersionId)
  }
  const prompts = await candidates(workspaceId, input)
  let created = 0
  let tooFew = 0
  for (let from = 0; from < prompts.length && created < limit; from += CHUNK) {
    const ids = prompts.slice(from, from + CHUNK).map((prompt) => prompt.id)
    const completions = await db.completion.findMany({
      where: { workspaceId, promptId: { in: ids }, ...(modelVersionId && { modelVersionId }) },
      select: { id: true, promptId: true, text: true },
    })
    const chosen = new Map<string, string[]>()
    for (const [promptId, own] of Map.groupBy(completions, (completion) => completion.promptId)) {
      const ids = choose(own, input)
      if (ids) chosen.set(promptId, ids)
    }
    const wanted = ids.filter((id) => chosen.has(id)).slice(0, limit - created)
    tooFew += created + wanted.length < limit ? ids.length - wanted.length : 0
    created += wanted.length > 0 ? await store(actor, input, wanted, chosen) : 0
  }
  const compared = await db.comparison.count({ where: { workspaceId, batch: { name: input.batch } } })
  const before = compared - created
  const reasons = [
    tooFew > 0 &&
      `${tooFew} ${tooFew === 1 ? 'prompt has' : 'prompts have'} fewer than ${input.size} distinct completions`,
    prompts.length === 0 && before === 0 && 'no prompt matches the filter',
    created === 0 &&
      before > 0 &&
      `${before} ${before === 1 ? 'prompt is' : 'prompts are'} in this batch already`,
  ].filter((reason) => typeof reason === 'string')
  return { created, skipped: tooFew, ...(reasons.length > 0 && { reason: reasons.join('; ') }) }
}

/** The prompts that match and are not in the batch, in an order that follows from the seed. */
async function candidates(
  workspaceId: string,
  { batch, split, tag, seed }: Input,
): Promise<{ id: string }[]> {
  return db.$queryRaw`
    select p.id from "Prompt" p
    where p."workspaceId" = ${workspaceId}
      ${split ? Prisma.sql`and p.split = ${split}::"Split"` : Prisma.empty}
      ${tag ? Prisma.sql`and p.tags @> array[${tag}]` : Prisma.empty}
      and not exists (
        select from "Comparison" c join "Batch" b on b.id = c."batchId"
        where c."promptId" = p.id and b."workspaceId" = ${workspaceId} and b.name = ${batch})
    order by md5(${`${seed} `} || p."contentHash")`
}

/** `size` completions of distinct texts in an order that follows from the seed, or null when there are not so many. */
function choose(completions: { id: string; text: string }[], { size, seed }: Input): string[] | null {
  const byText = new Map(completions.map((completion) => [completion.text.trim(), completion.id]))
  if (byText.size < size) return null
  return [...byText]
    .map(([text, id]) => ({ id, key: createHash('sha256').update(`${seed} ${text}`).digest('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, size)
    .map(({ id }) => id)
}

/** Returns how many were made: another request for the same batch may have been faster with some. */
async function store(
  actor: Actor,
  input: Input,
  prompts: string[],
  chosen: Map<string, string[]>,
): Promise<number> {
  const { workspaceId } = actor
  const { batch: name, overlap, priority } = input
  return db.$transaction(async (tx) => {
    await tx.batch.createMany({ data: [{ workspaceId, name }], skipDuplicates: true })
    const [batch] = await tx.$queryRaw<[{ id: string }]>`
      select id from "Batch" where "workspaceId" = ${workspaceId} and name = ${name} for update`
    const rows = await tx.comparison.findMany({
      where: { batchId: batch.id, promptId: { in: prompts } },
      select: { promptId: true },
    })
    const there = new Set(rows.map((row) => row.promptId))
    const comparisons = prompts
      .filter((promptId) => !there.has(promptId))
      .map((promptId) => ({ id: randomUUID(), promptId }))
    await tx.comparison.createMany({
      data: comparisons.map((each) => ({ ...each, workspaceId, batchId: batch.id, overlap, priority })),
    })
    await tx.comparisonCompletion.createMany({
      data: comparisons.flatMap(({ id, promptId }) =>
        chosen.get(promptId)!.map((completionId, position) => ({ comparisonId: id, completionId, position })),
      ),
    })
    await audit(tx, actor, 'comparison.create', batch.id, {
      created: comparisons.length,
      size: input.size,
      overlap,
    })
    return comparisons.length
  })
}
