import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { groupsSchema } from '../datasets/pairs.ts'
import { db, type Prisma } from '../db.ts'
import { type PromptFilter, promptsWhere } from '../runs/prompt-filter.ts'
import { writeJsonl } from './jsonl.ts'

const page = 500

/**
 * The folder with a run's data files, made by `write` in one piece. It is made once: a resumed run must read what the first
 * attempt read, whatever was imported since.
 */
export async function dataFolder(
  runFolder: string,
  write: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(runFolder, 'data')
  if (existsSync(folder)) return folder
  const draft = `${folder}.draft`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  await write(draft)
  await rename(draft, folder)
  return folder
}

/** Prompts in the order of their import, 500 at a time. */
export async function* promptPages(where: Prisma.PromptWhereInput, limit = Number.POSITIVE_INFINITY) {
  let after: string | undefined
  let left = limit
  while (left > 0) {
    const rows = await db.prompt.findMany({
      where,
      select: { id: true, messages: true },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      take: Math.min(page, left),
      ...(after ? { cursor: { id: after }, skip: 1 } : {}),
    })
    if (rows.length === 0) return
    yield rows
    after = rows.at(-1)!.id
    left -= rows.length
  }
}

/** `{ id, prompt }` a line. */
export async function writePrompts(path: string, workspaceId: string, filter: PromptFilter): Promise<number> {
  async function* rows() {
    for await (const prompts of promptPages(promptsWhere(workspaceId, filter), filter.limit)) {
      yield* prompts.map(({ id, messages }) => ({ id, prompt: messages }))
    }
  }
  return writeJsonl(path, rows())
}

/** Completions that people gave, not a model version; edits are known to rankings alone, which may be withdrawn. */
export const imported = {
  AND: [{ source: { not: null } }, { source: { not: 'edit' } }],
} satisfies Prisma.CompletionWhereInput

/** `{ prompt, completion }` a line: every imported completion of the prompts. */
export async function writeImportedCompletions(
  path: string,
  workspaceId: string,
  filter: PromptFilter,
): Promise<number> {
  async function* rows() {
    const where = { ...promptsWhere(workspaceId, filter), completions: { some: imported } }
    for await (const prompts of promptPages(where, filter.limit)) {
      const messages = new Map(prompts.map((prompt) => [prompt.id, prompt.messages]))
      const completions = await db.completion.findMany({
        where: { promptId: { in: [...messages.keys()] }, ...imported },
        select: { promptId: true, text: true },
        orderBy: [{ promptId: 'asc' }, { id: 'asc' }],
      })
      yield* completions.map(({ promptId, text }) => ({ prompt: messages.get(promptId), completion: text }))
    }
  }
  return writeJsonl(path, rows())
}

const said = { select: { groups: true, strength: true, annotatorId: true, editId: true } } as const

type Pair = Prisma.PreferencePairGetPayload<{ include: { ranking: typeof said } }>

async function* pairs(datasetId: string, split: 'TRAIN' | 'EVAL'): AsyncGenerator<Pair> {
  let after: string | undefined
  for (;;) {
    const rows = await db.preferencePair.findMany({
      where: { datasetId, split },
      include: { ranking: said },
      orderBy: [{ comparisonId: 'asc' }, { id: 'asc' }],
      take: page,
      ...(after ? { cursor: { id: after }, skip: 1 } : {}),
    })
    if (rows.length === 0) return
    yield* rows
    after = rows.at(-1)!.id
  }
}

/**
 * One line a comparison with all of its pairs, which the trainer keeps in one batch (InstructGPT §3.5: pairs of one prompt
 * spread over batches overfit), and with the rankings they come from, for losses of whole rankings. `tellCutOff` says of a
 * comparison which of its completions ran out of room, behind which no EOS belongs.
 */
export async function writeComparisons(
  path: string,
  datasetId: string,
  split: 'TRAIN' | 'EVAL',
  { tellCutOff = false } = {},
): Promise<number> {
  const cutOff = tellCutOff ? await cutOffOf(datasetId, split) : new Set<string>()
  async function* rows() {
    let group: Pair[] = []
    for await (const pair of pairs(datasetId, split)) {
      if (group[0] && group[0].comparisonId !== pair.comparisonId) {
        yield comparisonRow(group, cutOff)
        group = []
      }
      group.push(pair)
    }
    if (group.length > 0) yield comparisonRow(group, cutOff)
  }
  return writeJsonl(path, rows())
}

/** Of a dataset's completions those that are known to have been cut off by their length. */
async function cutOffOf(datasetId: string, split: 'TRAIN' | 'EVAL'): Promise<Set<string>> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select distinct "c"."id"
      from "PreferencePair" as "p"
      join "Completion" as "c" on "c"."id" = any(array["p"."chosenId", "p"."rejectedId"])
     where "p"."datasetId" = ${datasetId} and "p"."split" = ${split}::"Split" and "c"."finished" = false`
  return new Set(rows.map(({ id }) => id))
}

/** The rankings name only completions that a pair names: what a dataset leaves out, as flagged completions, is in none. */
export function comparisonRow(
  group: Pick<
    Pair,
    | 'comparisonId'
    | 'rankingId'
    | 'prompt'
    | 'chosenId'
    | 'rejectedId'
    | 'chosen'
    | 'rejected'
    | 'weight'
    | 'margin'
    | 'tie'
    | 'ranking'
  >[],
  cutOff: ReadonlySet<string> = new Set(),
) {
  const indexOf = new Map<string, number>()
  const completions: string[] = []
  const index = (id: string, text: string) => {
    const known = indexOf.get(id)
    if (known !== undefined) return known
    indexOf.set(id, completions.length)
    return completions.push(text) - 1
  }
  const pairs = group.map(({ chosenId, chosen, rejectedId, rejected, weight, margin, tie, ranking }) => ({
    chosen: index(chosenId, chosen),
    rejected: index(rejectedId, rejected),
    weight,
    margin,
    ...(tie && { tie }),
    // Grades compare the two that were shown, not what an annotator wrote instead.
    ...(ranking.strength !== null && chosenId !== ranking.editId && { strength: ranking.strength }),
    annotator: ranking.annotatorId,
  }))
  const byRanking = Map.groupBy(group, ({ rankingId }) => rankingId)
  const rankings = [...byRanking.values()].map((own) => {
    const named = new Set(own.flatMap(({ chosenId, rejectedId }) => [chosenId, rejectedId]))
    const { ranking, weight } = own[0]!
    const groups = groupsSchema
      .parse(ranking.groups)
      .map((ids) => ids.filter((id) => named.has(id)).map((id) => indexOf.get(id)!))
      .filter((ids) => ids.length > 0)
    return { groups, weight, annotator: ranking.annotatorId }
  })
  const finished = [...indexOf.keys()].map((id) => !cutOff.has(id))
  return {
    id: group[0]!.comparisonId,
    prompt: group[0]!.prompt,
    completions,
    ...(finished.includes(false) && { finished }),
    pairs,
    rankings,
  }
}
