import { z } from 'zod'
import type { Actor } from '../auth/actor.ts'
import { authorise } from '../auth/permissions.ts'
import { db, type Prisma } from '../db.ts'
import { notFound } from '../errors.ts'

export const exportDatasetInput = z.strictObject({
  id: z.string(),
  format: z.enum(['trl', 'openai']).default('trl'),
})

const page = 500

type PairRow = Prisma.PreferencePairGetPayload<{ include: { ranking: { select: { annotatorId: true } } } }>

/**
 * A dataset as JSONL. `trl`: TRL's conversational preference format with what else is known of each pair beside it.
 * `openai`: the preference format of OpenAI's fine-tuning API, which has no ties, so they are left out.
 * @throws WhetstoneError NOT_FOUND
 */
export async function exportDataset(
  actor: Actor,
  { id, format }: z.output<typeof exportDatasetInput>,
): Promise<{ fileName: string; lines: AsyncGenerator<string> }> {
  authorise(actor, 'dataset.export')
  const dataset = await db.preferenceDataset.findFirst({ where: { id, workspaceId: actor.workspaceId } })
  if (!dataset) throw notFound('dataset', id)
  const stem = dataset.name.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'dataset'
  return { fileName: `${stem}.${format}.jsonl`, lines: lines(id, format) }
}

async function* lines(datasetId: string, format: 'trl' | 'openai'): AsyncGenerator<string> {
  const shape = format === 'trl' ? trl : openai
  let after: string | undefined
  for (;;) {
    const rows: PairRow[] = await db.preferencePair.findMany({
      where: { datasetId, ...(format === 'openai' ? { tie: false } : {}) },
      orderBy: [{ comparisonId: 'asc' }, { id: 'asc' }],
      take: page,
      include: { ranking: { select: { annotatorId: true } } },
      ...(after ? { cursor: { id: after }, skip: 1 } : {}),
    })
    for (const row of rows) yield `${JSON.stringify(shape(row))}\n`
    if (rows.length < page) return
    after = rows.at(-1)!.id
  }
}

const assistant = (content: string) => [{ role: 'assistant', content }]

/** jsonb keeps no order of keys; the usual one is role, content. */
const messages = (prompt: Prisma.JsonValue) =>
  (prompt as { role: string; content: string }[]).map(({ role, content }) => ({ role, content }))

/** https://huggingface.co/docs/trl/dataset_formats#preference */
function trl(row: PairRow) {
  return {
    prompt: messages(row.prompt),
    chosen: assistant(row.chosen),
    rejected: assistant(row.rejected),
    margin: row.margin,
    weight: row.weight,
    tie: row.tie,
    split: row.split.toLowerCase(),
    comparison: row.comparisonId,
    ranking: row.rankingId,
    annotator: row.ranking.annotatorId,
  }
}

/** https://platform.openai.com/docs/guides/direct-preference-optimization */
function openai(row: PairRow) {
  return {
    input: { messages: messages(row.prompt), tools: [], parallel_tool_calls: true },
    preferred_output: assistant(row.chosen),
    non_preferred_output: assistant(row.rejected),
  }
}
