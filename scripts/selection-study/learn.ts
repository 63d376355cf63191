import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { rewardRecipe } from '#lib/demo/recipe.ts'
import { parseSpec } from '#trainer/config.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import { reward } from '#trainer/recipes/reward.ts'
import { measureHeads } from '#trainer/recipes/sequences.ts'
import {
  type Asked,
  type Candidate,
  finish,
  type HeldOutPair,
  labelOf,
  runIn,
  type Task,
  writeLines,
} from './task.ts'

/** Few labels are read more often than the demo's recipe asks for, so that there are at least so many steps. */
const leastSteps = 30

/** A reward model that learned, from the base policy, what the annotators say of these pairs. The caller disposes of it. */
export async function learn(
  folder: string,
  task: Task,
  asked: readonly Asked[],
  heads: number,
): Promise<Model> {
  const out = join(folder, 'reward')
  rmSync(out, { recursive: true, force: true })
  const run = runIn(out)
  // Ties are left out, as the demo's data set leaves them out; they were answers all the same.
  const labels = asked.map((each) => labelOf(task, each)).filter(({ pairs }) => !pairs[0]!.tie)
  const { comparisonsPerBatch, epochs } = rewardRecipe
  const spec = parseSpec('reward', {
    ...rewardRecipe,
    model: task.base,
    data: { train: writeLines(out, 'labels.jsonl', labels) },
    seed: task.seed * 10_000 + asked.length,
    epochs: Math.max(epochs, (leastSteps * comparisonsPerBatch) / labels.length),
    heads,
    normalise: 'off',
    checkpointEvery: 0,
  })
  await finish(reward(spec, run))
  return loadModel(join(out, 'model'), 'reward')
}

/** What each head makes of each completion of each candidate: raw scores, which are log-odds, [candidate][completion][head]. */
export function headScores(model: Model, candidates: readonly Candidate[]): Float32Array[][] {
  const rows = candidates.flatMap(({ prompt, completions }, candidate) => {
    const query = model.tokenizer.encodePrompt(prompt)
    return completions.map((completion, at) => ({
      ...{ candidate, at, query },
      response: model.tokenizer.encodeCompletion(completion),
    }))
  })
  // Those of about one length together: less padding.
  rows.sort((a, b) => a.query.length + a.response.length - b.query.length - b.response.length)
  const { heads, headCount } = measureHeads(model, rows, 256)
  const scores = candidates.map(({ completions }) => new Array<Float32Array>(completions.length))
  for (const [row, { candidate, at }] of rows.entries())
    scores[candidate]![at] = heads.slice(row * headCount, (row + 1) * headCount)
  return scores
}

/** The share of held-out pairs that the mean of the heads orders as the planted preference does, and as an annotator did. */
export function accuracyOf(scores: readonly Float32Array[][], pairs: readonly HeldOutPair[]) {
  let truth = 0
  let annotators = 0
  for (const { candidate, pair, better, called } of pairs) {
    const [a, b] = pair.map((at) => scores[candidate]![at]!.reduce((sum, score) => sum + score, 0))
    const preferred = a! > b! ? pair[0] : pair[1]
    if (preferred === better) truth++
    if (preferred === called) annotators++
  }
  return { truth: truth / pairs.length, annotators: annotators / pairs.length }
}
