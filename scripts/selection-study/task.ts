import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Annotator, rank, simulatedAnnotators, tieWidth } from '#lib/demo/annotators.ts'
import { distinctMessages, supportDesk } from '#lib/demo/grammar.ts'
import { pick, seededRandom } from '#lib/demo/random.ts'
import { baseRecipe, generateRecipe } from '#lib/demo/recipe.ts'
import { rubricScore } from '#lib/demo/rubric.ts'
import { parseSpec } from '#trainer/config.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { generate } from '#trainer/recipes/generate.ts'
import type { Run } from '#trainer/recipes/run.ts'
import { sft } from '#trainer/recipes/sft.ts'
import type { Sizes } from './sizes.ts'

/** A prompt and the different completions that the base policy gave it. */
export interface Candidate {
  id: string
  prompt: string
  completions: string[]
}

/** Two completions of a candidate, by their places. */
export interface Asked {
  candidate: number
  pair: [number, number]
}

/** A held-out pair that the planted preference decides: which is better, and which an annotator called better. */
export interface HeldOutPair extends Asked {
  better: number
  called: number
}

export interface Task {
  base: string
  pool: Candidate[]
  heldOut: Candidate[]
  heldOutPairs: HeldOutPair[]
  annotators: Annotator[]
  seed: number
}

/**
 * The bundled demo in small, for one seed: a base policy that learned the support desk's replies, its samples for the prompts of the
 * pool and for held-out ones, and the demo's simulated annotators. What was made before is read again.
 */
export async function makeTask(folder: string, seed: number, sizes: Sizes): Promise<Task> {
  const base = join(folder, 'base/model')
  const messages = distinctMessages(seed, sizes.pool + sizes.heldOut).map(({ text }, i) => ({
    id: `p${i}`,
    prompt: text,
  }))
  if (!existsSync(join(folder, 'completions.jsonl'))) {
    mkdirSync(folder, { recursive: true })
    rmSync(join(folder, 'base'), { recursive: true, force: true })
    const desk = writeLines(folder, 'desk.jsonl', supportDesk(seed, sizes.desk))
    const prompts = writeLines(folder, 'prompts.jsonl', messages)
    await finish(
      sft(
        parseSpec('sft', {
          ...baseRecipe,
          model: { init: { ...baseRecipe.model.init, width: 64 } },
          data: { train: desk },
          ...{ seed, checkpointEvery: 0 },
        }),
        runIn(join(folder, 'base')),
      ),
    )
    const out = join(folder, 'samples')
    rmSync(out, { recursive: true, force: true })
    await finish(
      generate(
        parseSpec('generate', {
          model: base,
          data: { prompts },
          ...generateRecipe,
          ...{ seed, completionsPerPrompt: sizes.completions },
        }),
        runIn(out),
      ),
    )
    renameSync(join(out, 'completions.jsonl'), join(folder, 'completions.jsonl'))
  }
  const completions = Map.groupBy(
    readLines<{ id: string; completion: string }>(join(folder, 'completions.jsonl')),
    ({ id }) => id,
  )
  const candidates = messages.map(({ id, prompt }) => ({
    id,
    prompt,
    completions: [...new Set(completions.get(id)!.map(({ completion }) => completion))],
  }))
  const several = (from: number, to: number) =>
    candidates.slice(from, to).filter((candidate) => candidate.completions.length > 1)
  const annotators = simulatedAnnotators(seed, 5)
  const heldOut = several(sizes.pool, candidates.length)
  return {
    ...{ base, annotators, seed, heldOut },
    pool: several(0, sizes.pool),
    heldOutPairs: heldOut.flatMap((each, i) => pairsOf(each, i, annotators, seed)),
  }
}

/** All pairs of a held-out candidate whose true scores are further apart than what annotators call a tie. */
function pairsOf(
  { id, prompt, completions }: Candidate,
  candidate: number,
  annotators: readonly Annotator[],
  seed: number,
): HeldOutPair[] {
  const random = seededRandom('held-out annotator', seed, id)
  const scores = completions.map((completion) => rubricScore(prompt, completion).score)
  const pairs: HeldOutPair[] = []
  for (let i = 0; i < completions.length; i++)
    for (let j = i + 1; j < completions.length; j++) {
      if (Math.abs(scores[i]! - scores[j]!) < tieWidth) continue
      const { groups } = rank(pick(random, annotators), prompt, [completions[i]!, completions[j]!])
      const called = groups[0]![0] === 0 ? i : j
      pairs.push({ candidate, pair: [i, j], better: scores[i]! > scores[j]! ? i : j, called })
    }
  return pairs
}

/** What one of the annotators, drawn for this pair, says of it, as a line of the reward recipe's data; the same whenever asked. */
export function labelOf({ pool, annotators, seed }: Task, { candidate, pair }: Asked) {
  const { id, prompt, completions } = pool[candidate]!
  const texts = pair.map((at) => completions[at]!)
  const random = seededRandom('annotator', seed, id, ...pair)
  const { groups } = rank(pick(random, annotators), prompt, texts)
  const tie = groups.length === 1
  const [chosen, rejected] = groups.flat() as [number, number]
  return { id, prompt, completions: texts, pairs: [{ chosen, rejected, tie }] }
}

export function writeLines(folder: string, name: string, lines: readonly unknown[]): string {
  const path = join(folder, name)
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}

export function readLines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T)
}

export function runIn(out: string): Run {
  mkdirSync(out, { recursive: true })
  return { out, resume: false, stopRequested: () => false }
}

/** Runs a recipe to its end. */
export async function finish(events: AsyncGenerator<TrainerEvent>): Promise<void> {
  for await (const event of events)
    if (event.type === 'error') throw new Error(`${event.code}: ${event.message}`)
}
