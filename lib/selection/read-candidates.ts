import { createHash } from 'node:crypto'
import { setImmediate as rest } from 'node:timers/promises'
import { db, Prisma } from '../db.ts'

/** Which prompts and completions comparisons are chosen from. */
export interface CandidateFilter {
  workspaceId: string
  /** The batch's name: prompts that are in it already are none. */
  batch: string
  size: number
  split?: 'TRAIN' | 'EVAL'
  tag?: string
  modelVersionId?: string
  seed: number
  /** Whose scores are read along. */
  rewardId?: string
}

export interface CandidateCompletion {
  id: string
  text: string
  /** What each head gives it, normalised; null when it has no score. */
  heads: number[] | null
}

export interface CandidatePrompt {
  id: string
  text: string
  /** At least `size`, of distinct texts, in an order that follows from the seed. */
  completions: CandidateCompletion[]
}

export interface CandidateChunk {
  prompts: CandidatePrompt[]
  /** Prompts with fewer than `size` distinct completions. */
  tooFew: number
}

const chunkSize = 100

/** The ids of the prompts that match and are not in the batch, in an order that follows from the seed. */
export async function candidatePrompts(filter: CandidateFilter): Promise<string[]> {
  const { workspaceId, batch, split, tag, seed } = filter
  const rows = await db.$queryRaw<{ id: string }[]>`
    select p.id from "Prompt" p
    where p."workspaceId" = ${workspaceId}
      ${split ? Prisma.sql`and p.split = ${split}::"Split"` : Prisma.empty}
      ${tag ? Prisma.sql`and p.tags @> array[${tag}]` : Prisma.empty}
      and not exists (
        select from "Comparison" c join "Batch" b on b.id = c."batchId"
        where c."promptId" = p.id and b."workspaceId" = ${workspaceId} and b.name = ${batch})
    order by md5(${`${seed} `} || p."contentHash")`
  return rows.map(({ id }) => id)
}

/** The candidates of those prompts in their order, some hundred prompts at a time, so that their texts are never in memory all at once. */
export async function* readCandidates(
  ids: readonly string[],
  filter: CandidateFilter,
): AsyncGenerator<CandidateChunk> {
  for (let from = 0; from < ids.length; from += chunkSize) {
    const chunk = ids.slice(from, from + chunkSize)
    const rows = await readCompletions(chunk, filter)
    const byPrompt = Map.groupBy(rows, ({ promptId }) => promptId)
    const prompts = chunk.flatMap((id) => {
      const own = byPrompt.get(id) ?? []
      const completions = inDrawnOrder(own, filter.seed)
      return completions.length < filter.size ? [] : [{ id, text: own[0]!.prompt, completions }]
    })
    yield { prompts, tooFew: chunk.length - prompts.length }
    // Others' requests come between two chunks.
    await rest()
  }
}

type CompletionRow = CandidateCompletion & { promptId: string; prompt: string }

/** All but edits: nobody is to judge what they wrote themselves. */
function readCompletions(
  promptIds: string[],
  { workspaceId, modelVersionId, rewardId }: CandidateFilter,
): Promise<CompletionRow[]> {
  return db.$queryRaw<CompletionRow[]>`
    select c.id, c."promptId", c.text, p.text as prompt,
           case when s.score is null then null
                when cardinality(s.heads) > 0 then s.heads else array[s.score] end as heads
    from "Completion" c
    join "Prompt" p on p.id = c."promptId"
    left join "CompletionScore" s on s."completionId" = c.id and s."modelVersionId" = ${rewardId ?? ''}
    where c."workspaceId" = ${workspaceId} and c."promptId" = any(${promptIds})
      and c.source is distinct from 'edit'
      ${modelVersionId ? Prisma.sql`and c."modelVersionId" = ${modelVersionId}` : Prisma.empty}
    order by c.id`
}

/** Of completions with the same text the last, or the last that has a score. */
function inDrawnOrder(rows: CompletionRow[], seed: number): CandidateCompletion[] {
  const byText = new Map<string, CandidateCompletion>()
  for (const { id, text, heads } of rows) {
    const key = text.trim()
    if (heads !== null || !byText.get(key)?.heads) byText.set(key, { id, text, heads })
  }
  return [...byText]
    .map(([text, each]) => ({ each, key: createHash('sha256').update(`${seed} ${text}`).digest('hex') }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ each }) => each)
}

/** Of each prompt, the sets of completions that people compare or compared already, each as its ids in order. */
export async function comparedSets(promptIds: readonly string[]): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ ids: string[] }[]>`
    select array_agg(cc."completionId") as ids
    from "Comparison" c join "ComparisonCompletion" cc on cc."comparisonId" = c.id
    where c."promptId" = any(${promptIds}) and c.kind in ('LABEL', 'GOLD')
    group by c.id`
  return new Set(rows.map(({ ids }) => setKey(ids)))
}

export function setKey(ids: readonly string[]): string {
  return ids.toSorted().join(' ')
}
