import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { SpecInput } from '#trainer/config.ts'
import { db, type Prisma } from '../../db.ts'
import { type PromptFilter, promptsWhere } from '../../runs/prompt-filter.ts'
import { endRun } from '../claim.ts'
import { RunFailure } from '../failure.ts'
import { readJsonl, writeJsonl } from '../jsonl.ts'
import { dataFolder, promptPages } from '../run-data.ts'
import type { RunContext } from './context.ts'
import { modelFolder } from './model-folder.ts'

/** JSON has no NaN: it is written as null. */
const scoreLine = z.object({
  id: z.string(),
  score: z.number().nullable(),
  heads: z.array(z.number().nullable()).optional(),
})
const countsFile = z.object({ missing: z.int(), already: z.int() })

type ScoreConfig = Omit<SpecInput<'score'>, 'reward' | 'policy' | 'reference' | 'data'>
const chunk = 1000

/** SCORE: stores what a reward model gives the completions that it has not scored yet, of the prompts chosen. */
export async function score(context: RunContext): Promise<void> {
  const { run, held, folder } = context
  const { rewardId } = run
  if (!rewardId)
    throw new RunFailure('INVALID_INPUT', 'The run has no reward model to score with.', 'Launch a new run.')
  const filter = (run.promptFilter ?? {}) as PromptFilter
  const data = await dataFolder(folder, async (draft) => {
    const counts = await writeUnscored(join(draft, 'completions.jsonl'), run.workspaceId, filter, rewardId)
    await writeFile(join(draft, 'counts.json'), JSON.stringify(counts))
  })
  const { missing, already } = countsFile.parse(JSON.parse(await readFile(join(data, 'counts.json'), 'utf8')))
  if (missing === 0) {
    const summary = { scored: 0, already, tooLong: 0 }
    await db.$transaction((tx) => endRun(tx, held, { status: 'SUCCEEDED', summary }))
    return
  }
  const { done } = await context.train('score', {
    ...(run.config as ScoreConfig),
    tooLong: 'leave-out',
    reward: await modelFolder(rewardId),
    data: { completions: join(data, 'completions.jsonl') },
  })
  const written = done.artifacts.find(({ kind }) => kind === 'scores')
  if (!written) {
    throw new RunFailure(
      'NO_ARTIFACT',
      'The trainer said it was done but named no file of scores.',
      'This is a fault of the trainer: report it with the log of the run.',
    )
  }
  // The model and the text decide a score, so what an earlier attempt has stored stays as it is.
  let scored = 0
  let rows: Prisma.CompletionScoreCreateManyInput[] = []
  const write = async () => {
    await db.completionScore.createMany({ data: rows, skipDuplicates: true })
    scored += rows.length
    rows = []
  }
  for await (const line of readJsonl(resolve(folder, written.path), scoreLine)) {
    rows.push(scoreRow(line, rewardId))
    if (rows.length === chunk) await write()
  }
  if (rows.length > 0) await write()
  const summary = { scored, already, tooLong: missing - scored }
  await db.$transaction((tx) => endRun(tx, held, { status: 'SUCCEEDED', summary }))
}

/** A row to store. @throws RunFailure NOT_A_NUMBER naming the completion */
export function scoreRow(
  { id, score, heads = [] }: z.output<typeof scoreLine>,
  modelVersionId: string,
): Prisma.CompletionScoreCreateManyInput {
  const numbers = heads.filter((head) => head !== null)
  if (score !== null && numbers.length === heads.length)
    return { completionId: id, modelVersionId, score, heads: numbers }
  throw new RunFailure(
    'NOT_A_NUMBER',
    `The reward model gives the completion ${id} no number.`,
    'Its weights hold NaN or infinity, so it diverged in training: train the reward model again with a lower learning rate.',
  )
}

/** `{ id, prompt, completion, finished }` a line: the completions without a score by this reward model. */
async function writeUnscored(
  path: string,
  workspaceId: string,
  filter: PromptFilter,
  rewardId: string,
): Promise<{ missing: number; already: number }> {
  let already = 0
  async function* rows() {
    const where = { ...promptsWhere(workspaceId, filter), completions: { some: {} } }
    for await (const prompts of promptPages(where, filter.limit)) {
      const messages = new Map(prompts.map((prompt) => [prompt.id, prompt.messages]))
      const completions = await db.completion.findMany({
        where: { promptId: { in: [...messages.keys()] } },
        select: {
          id: true,
          promptId: true,
          text: true,
          finished: true,
          scores: { where: { modelVersionId: rewardId }, select: { modelVersionId: true } },
        },
        orderBy: [{ promptId: 'asc' }, { id: 'asc' }],
      })
      for (const { id, promptId, text, finished, scores } of completions) {
        if (scores.length > 0) already += 1
        else
          yield {
            id,
            prompt: messages.get(promptId),
            completion: text,
            ...(finished !== null && { finished }),
          }
      }
    }
  }
  const missing = await writeJsonl(path, rows())
  return { missing, already }
}
