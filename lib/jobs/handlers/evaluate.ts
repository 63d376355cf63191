import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { RecipeKind, SpecInput } from '#trainer/config.ts'
import { db } from '../../db.ts'
import { evaluationConfig } from '../../evaluations/config.ts'
import { type Answer, judge, type Question } from '../../evaluations/judge.ts'
import { ancestors } from '../../models/ancestors.ts'
import { endRun } from '../claim.ts'
import { RunFailure } from '../failure.ts'
import { readJsonl, writeJsonl } from '../jsonl.ts'
import { dataFolder, writePrompts } from '../run-data.ts'
import { storable } from '../storable.ts'
import type { RunContext } from './context.ts'
import { completionLine } from './generate.ts'
import { modelFolder } from './model-folder.ts'

const promptLine = z.object({
  id: z.string(),
  prompt: z.array(z.object({ role: z.string(), content: z.string() })),
})
const scoreLine = z.object({ id: z.string(), score: z.number().optional(), kl: z.number().optional() })
const phaseEnd = z.object({ path: z.string(), steps: z.int() })
const matchChunk = 1000

/**
 * EVALUATE: both versions answer the same held-out prompts with the same seed; the reward model and the rubric judge each
 * pair of answers, and the KL of each answer from its version's root ancestor is measured.
 */
export async function evaluate(context: RunContext): Promise<void> {
  const { run, held, folder } = context
  const evaluation = await db.evaluation.findUniqueOrThrow({ where: { runId: run.id } })
  const config = evaluationConfig.parse(run.config)
  const data = await dataFolder(folder, async (draft) => {
    const filter = { split: 'EVAL', limit: config.prompts } as const
    await writePrompts(join(draft, 'prompts.jsonl'), run.workspaceId, filter)
  })
  const prompts = join(data, 'prompts.jsonl')
  const questions = new Map<string, { id: string; prompt: { role: string; content: string }[] }>()
  for await (const line of readJsonl(prompts, promptLine)) questions.set(line.id, line)

  const computing = { engine: config.engine, device: config.device, precision: config.precision }

  let steps = 0
  const phase = async <K extends RecipeKind>(name: string, recipe: K, kind: string, spec: SpecInput<K>) => {
    const result = await runPhase(context, { name, recipe, kind, spec, stepsBefore: steps })
    steps = result.steps
    return result.path
  }
  const answers = async (side: 'a' | 'b', versionId: string): Promise<Map<string, Answer>> => {
    const model = await modelFolder(versionId)
    const { responseLength, temperature } = config
    const sampled = await phase(`generate-${side}`, 'generate', 'completions', {
      model,
      data: { prompts },
      seed: run.seed,
      ...computing,
      completionsPerPrompt: 1,
      responseLength,
      temperature,
    })
    const found = new Map<string, Answer>()
    const finishedOf = new Map<string, boolean>()
    for await (const { id, completion, tokens, finished } of readJsonl(sampled, completionLine)) {
      found.set(id, { completion, tokens, reward: null, kl: null })
      finishedOf.set(id, finished)
    }
    const root = (await ancestors({ id: versionId, workspaceId: run.workspaceId })).at(-1)
    const reference = root && root.id !== versionId ? await modelFolder(root.id) : null
    const reward = evaluation.rewardId ? await modelFolder(evaluation.rewardId) : null
    if (reward || reference) {
      const completions = join(folder, `completions-${side}.jsonl`)
      await writeJsonl(completions, toScore(found, questions, finishedOf))
      const scores = await phase(`score-${side}`, 'score', 'scores', {
        ...(reward ? { reward } : {}),
        ...(reference ? { policy: model, reference } : {}),
        data: { completions },
        seed: run.seed,
        ...computing,
        temperature,
      })
      for await (const { id, score, kl } of readJsonl(scores, scoreLine)) {
        const answer = found.get(id)
        if (answer) found.set(id, { ...answer, reward: score ?? null, kl: kl ?? null })
      }
    }
    // A version that is its own root has not moved.
    if (!reference) for (const answer of found.values()) answer.kl = 0
    return found
  }
  const a = await answers('a', evaluation.versionAId)
  const b = await answers('b', evaluation.versionBId)
  context.checkStop()

  const asked: Question[] = []
  for (const { id, prompt } of questions.values()) {
    const [answerA, answerB] = [a.get(id), b.get(id)]
    const text = prompt.findLast(({ role }) => role === 'user')?.content ?? ''
    // A prompt too long for one of the versions has no answer of it.
    if (answerA && answerB) asked.push({ promptId: id, text, a: answerA, b: answerB })
  }
  if (asked.length === 0) {
    throw new RunFailure(
      'NO_ANSWERS',
      `None of the ${questions.size} held-out prompts was answered by both versions.`,
      'The prompts may be longer than the context of the models: import shorter ones.',
    )
  }
  const { matches, summary } = judge(asked, run.seed)
  await db.$transaction(
    async (tx) => {
      for (let from = 0; from < matches.length; from += matchChunk) {
        await tx.match.createMany({
          data: matches.slice(from, from + matchChunk).map((match) => ({
            ...match,
            evaluationId: evaluation.id,
            completionA: storable(match.completionA),
            completionB: storable(match.completionB),
          })),
        })
      }
      await tx.evaluation.update({ where: { id: evaluation.id }, data: { summary: { ...summary } } })
      await endRun(tx, held, { status: 'SUCCEEDED', summary: { prompts: asked.length } })
    },
    { timeout: 120_000 },
  )
}

async function* toScore(
  answers: Map<string, Answer>,
  questions: Map<string, { prompt: { role: string; content: string }[] }>,
  finishedOf: Map<string, boolean>,
) {
  for (const [id, { completion }] of answers) {
    yield { id, prompt: questions.get(id)!.prompt, completion, finished: finishedOf.get(id) }
  }
}

/** One recipe in a folder of its own, whose end is noted, so that a resumed evaluation does not do it again. */
async function runPhase<K extends RecipeKind>(
  context: RunContext,
  {
    name,
    recipe,
    kind,
    spec,
    stepsBefore,
  }: {
    name: string
    recipe: K
    kind: string
    spec: SpecInput<K>
    stepsBefore: number
  },
): Promise<{ path: string; steps: number }> {
  const out = join(context.folder, name)
  const note = join(out, 'end.json')
  if (existsSync(note)) return phaseEnd.parse(JSON.parse(await readFile(note, 'utf8')))
  const { done, steps } = await context.train(recipe, spec, { out, stepsBefore })
  const written = done.artifacts.find((artifact) => artifact.kind === kind)
  if (!written) {
    throw new RunFailure(
      'NO_ARTIFACT',
      `The trainer ended ${name} but named no file of ${kind}.`,
      'This is a fault of the trainer: report it with the log of the run.',
    )
  }
  const end = { path: resolve(out, written.path), steps }
  await writeFile(`${note}.draft`, JSON.stringify(end))
  await rename(`${note}.draft`, note)
  return end
}
