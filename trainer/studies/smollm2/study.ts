import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import type { RecipeKind, SpecInput } from '#trainer/config.ts'
import { type DoneEvent, parseEvent, type StepEvent, type TrainerEvent } from '#trainer/events.ts'
import { drawCurves, tableOf } from './report.ts'
import { score } from './rubric.ts'

/**
 * A real model from preferences to policy: completions of SmolLM2-135M-Instruct, ranked by the written rubric (rubric.ts), a reward model
 * of them, and PPO against it, all with LoRA. What it found is in docs/real-model.md. A stage that is done is not done again.
 */

const program = new Command('study')
  .requiredOption('--model <model>', 'the folder or the name of SmolLM2-135M-Instruct')
  .requiredOption('--out <folder>', 'where everything is written')
  .option('--updates <n>', 'PPO updates', '20')
  .option('--precision <precision>', 'fp32 or bf16', 'bf16')
  .option('--seed <n>', 'the seed of everything', '1')
  .parse()
const options = program.opts<{
  model: string
  out: string
  updates: string
  precision: 'fp32' | 'bf16'
  seed: string
}>()
const out = resolve(options.out)
mkdirSync(out, { recursive: true })

const common = { precision: options.precision, seed: Number(options.seed) }
const responseLength = 48
const lora = { rank: 16, alpha: 32 }
/** Pairs of which the rubric says less than this are not learned from, as annotators' ties would not be. */
const smallestDifference = 0.5

const texts = readFileSync(join(import.meta.dirname, 'prompts.txt'), 'utf8')
  .trim()
  .split('\n')
const prompts = texts.map((prompt, i) => ({ id: `${i + 1}`, prompt, heldOut: i % 5 === 4 }))

/** Runs a recipe to its end and returns its events; those of a run that ended well are read again, one that was cut off begins again. */
async function run<K extends RecipeKind>(
  name: string,
  kind: K,
  spec: SpecInput<K>,
): Promise<{ folder: string; events: TrainerEvent[] }> {
  const folder = join(out, name)
  const file = join(out, `${name}.events.jsonl`)
  if (existsSync(file))
    return { folder, events: readFileSync(file, 'utf8').trim().split('\n').map(parseEvent) }
  rmSync(folder, { recursive: true, force: true })
  writeFileSync(join(out, `${name}.json`), JSON.stringify(spec, null, 2))
  const cli = join(import.meta.dirname, '../../cli.ts')
  const args = [cli, kind, '--spec', join(out, `${name}.json`), '--out', folder]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const events: TrainerEvent[] = []
  for await (const line of createInterface(child.stdout)) {
    const event = parseEvent(line)
    events.push(event)
    if (event.type === 'step') console.log(`${name} ${event.step} of ${event.total}`)
  }
  const end = events.at(-1)
  if (end?.type === 'error') throw new Error(`${name}: ${end.message}. ${end.hint}`)
  if (end?.type !== 'done') throw new Error(`${name} ended before it was done; run the command again`)
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  return { folder, events }
}

function writeLines(name: string, lines: unknown[]): string {
  const path = join(out, name)
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
  return path
}

const lineOf = ({ id, prompt }: { id: string; prompt: string }) => ({ id, prompt })
const train = writeLines('train-prompts.jsonl', prompts.filter(({ heldOut }) => !heldOut).map(lineOf))
const held = writeLines('eval-prompts.jsonl', prompts.filter(({ heldOut }) => heldOut).map(lineOf))

// 1. Eight completions of each prompt.
const all = writeLines('prompts.jsonl', prompts.map(lineOf))
const written = await run('completions', 'generate', {
  ...common,
  model: options.model,
  data: { prompts: all },
  completionsPerPrompt: 8,
  responseLength,
  batchSize: 16,
})
const completions = readFileSync(join(written.folder, 'completions.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { id: string; completion: string; finished: boolean })

// 2. Ranked by the rubric.
const comparisons = prompts.map(({ id, prompt, heldOut }) => {
  const own = completions.filter((each) => each.id === id)
  const scores = own.map(({ completion }) => score(prompt, completion))
  const pairs = scores.flatMap((left, chosen) =>
    scores.flatMap((right, rejected) =>
      left - right >= smallestDifference ? [{ chosen, rejected, weight: 1, margin: 0 }] : [],
    ),
  )
  const texts = own.map(({ completion }) => completion)
  const finished = own.map((each) => each.finished)
  return { heldOut, scores, line: { id, prompt, completions: texts, finished, pairs } }
})
const judged = (wanted: boolean) =>
  comparisons.filter(({ heldOut, line }) => heldOut === wanted && line.pairs.length > 0)
const pairsOf = (wanted: boolean) => judged(wanted).reduce((sum, { line }) => sum + line.pairs.length, 0)

// 3. A reward model of the rankings.
const reward = await run('reward', 'reward', {
  ...common,
  model: options.model,
  data: {
    train: writeLines(
      'train-comparisons.jsonl',
      judged(false).map(({ line }) => line),
    ),
    eval: writeLines(
      'eval-comparisons.jsonl',
      judged(true).map(({ line }) => line),
    ),
  },
  lora,
  learningRate: 3e-4,
  epochs: 4,
  comparisonsPerBatch: 2,
  evalEvery: 48,
})

// 4. PPO: so many updates of 16 completions.
const ppo = await run('ppo', 'ppo', {
  ...common,
  policy: options.model,
  reward: join(reward.folder, 'model'),
  data: { train, eval: held, goldRubric: join(import.meta.dirname, 'rubric.ts') },
  lora,
  episodes: 16 * Number(options.updates),
  batchSize: 16,
  microBatchSize: 16,
  responseLength,
  // Hardly any completion ends within 48 tokens: the reward model judges the beginning of a reply, as it was taught to.
  missingEosRule: 'keep',
  learningRate: 4e-4,
  klCoefficient: 0.02,
  goldGuard: { every: 2 },
  evalPrompts: 24,
  samplesEvery: 5,
})

// 5. What came of it.
const steps = ppo.events.filter((event): event is StepEvent => event.type === 'step')
const doneOf = (events: TrainerEvent[]) =>
  events.find((event): event is DoneEvent => event.type === 'done')!.summary
const facts = {
  prompts: prompts.length,
  completions: completions.length,
  trainingPairs: pairsOf(false),
  heldOutPairs: pairsOf(true),
  rubricOfTheBase: mean(comparisons.flatMap(({ scores }) => scores)),
  reward: doneOf(reward.events),
  ppo: doneOf(ppo.events),
}
writeFileSync(join(out, 'study.json'), `${JSON.stringify({ facts, steps }, null, 2)}\n`)
writeFileSync(join(out, 'study.svg'), await drawCurves(steps))
const table = tableOf(steps)
writeFileSync(join(out, 'study.md'), table)
console.log(JSON.stringify(facts, null, 2))
console.log(table)

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
