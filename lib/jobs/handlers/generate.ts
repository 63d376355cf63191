import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { SpecInput } from '#trainer/config.ts'
import { db, type Prisma } from '../../db.ts'
import { completionHash } from '../../prompts/messages.ts'
import type { PromptFilter } from '../../runs/prompt-filter.ts'
import { endRun } from '../claim.ts'
import { RunFailure } from '../failure.ts'
import { readJsonl } from '../jsonl.ts'
import { dataFolder, writePrompts } from '../run-data.ts'
import { storable } from '../storable.ts'
import type { RunContext } from './context.ts'
import { modelFolder } from './model-folder.ts'

export const completionLine = z.object({
  id: z.string(),
  index: z.int(),
  completion: z.string(),
  tokens: z.int(),
  finished: z.boolean(),
})

type GenerateConfig = Omit<SpecInput<'generate'>, 'model' | 'data'>
const chunk = 1000

/** GENERATE: samples a policy and keeps each completion under its prompt, once for each distinct text. */
export async function generate(context: RunContext): Promise<void> {
  const { run, held, folder } = context
  const { policyId } = run
  if (!policyId)
    throw new RunFailure('INVALID_INPUT', 'The run has no policy to sample.', 'Launch a new run.')
  const filter = (run.promptFilter ?? {}) as PromptFilter
  const data = await dataFolder(folder, async (draft) => {
    await writePrompts(join(draft, 'prompts.jsonl'), run.workspaceId, filter)
  })
  const config = run.config as GenerateConfig
  const { done } = await context.train('generate', {
    ...config,
    model: await modelFolder(policyId),
    data: { prompts: join(data, 'prompts.jsonl') },
  })
  const written = done.artifacts.find(({ kind }) => kind === 'completions')
  if (!written) {
    throw new RunFailure(
      'NO_ARTIFACT',
      'The trainer said it was done but named no file of completions.',
      'This is a fault of the trainer: report it with the log of the run.',
    )
  }
  const { temperature, topK, topP, responseLength } = config
  const sampler = { temperature, topK, topP, responseLength, seed: run.seed }
  await db.$transaction(
    async (tx) => {
      let sampled = 0
      let kept = 0
      let rows: Prisma.CompletionCreateManyInput[] = []
      const write = async () => {
        kept += (await tx.completion.createMany({ data: rows, skipDuplicates: true })).count
        rows = []
      }
      for await (const line of readJsonl(resolve(folder, written.path), completionLine)) {
        sampled += 1
        const text = storable(line.completion)
        rows.push({
          id: randomUUID(),
          workspaceId: run.workspaceId,
          promptId: line.id,
          text,
          modelVersionId: policyId,
          sampler: { ...sampler, index: line.index },
          tokens: line.tokens,
          finished: line.finished,
          contentHash: completionHash(text),
        })
        if (rows.length === chunk) await write()
      }
      await write()
      const summary = { ...done.summary, sampled, kept, duplicates: sampled - kept }
      await endRun(tx, held, { status: 'SUCCEEDED', summary })
    },
    { timeout: 600_000 },
  )
}
