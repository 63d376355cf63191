import { appendFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { startEngine } from '#trainer/engine/start.ts'
import { accuracyOf, headScores, learn } from './learn.ts'
import { type Result, report } from './report.ts'
import { fastSizes, fullSizes } from './sizes.ts'
import { choose, type Strategy, strategies } from './strategies.ts'
import { type Asked, labelOf, makeTask, readLines, type Task } from './task.ts'

/**
 * npm run selection: how many labels each way of choosing what to label takes for the same held-out accuracy, on the planted demo. See
 * docs/selection/README.md. Each round is a line of <out>/rounds.jsonl, with what was asked next; a study that was stopped goes on.
 */

/** A round as it is stored: a result, and the labels that the next round adds. */
interface Round extends Result {
  next: Asked[]
}

const root = join(import.meta.dirname, '../..')
const options = new Command('selection')
  .description('Compares ways of choosing what to label on the planted demo')
  .option('--seeds <list>', 'seeds, separated by commas', '3,4,5,6,7')
  .option('--strategies <list>', 'what to run of them; the report waits for all', strategies.join())
  .option('--fast', 'a small version that takes about a minute; its numbers say little')
  .option('--out <folder>', 'where the study is kept and goes on; .whetstone/selection by default')
  .option('--report <folder>', 'where chart.svg, table.md and results.jsonl go; --out by default')
  .parse()
  .opts<{ seeds: string; strategies: string; fast?: true; out?: string; report?: string }>()
const seeds = options.seeds.split(',').map(Number)
if (seeds.some((seed) => !Number.isSafeInteger(seed) || seed < 1))
  throw new RangeError(`--seeds ${options.seeds}: whole numbers from 1, separated by commas, are needed`)
const wanted = options.strategies.split(',').map((name) => {
  const strategy = strategies.find((each) => each === name)
  if (!strategy) throw new RangeError(`--strategies ${name}: ${strategies.join(', ')} are possible`)
  return strategy
})
const sizes = options.fast ? fastSizes : fullSizes
const out = options.out ?? join(root, '.whetstone', options.fast ? 'selection-fast' : 'selection')
const stored = join(out, 'rounds.jsonl')

// The sums of several threads differ in their last bits, and with them what is chosen.
process.env.WHETSTONE_THREADS ??= '1'
await startEngine('auto')
mkdirSync(out, { recursive: true })
const rounds = existsSync(stored) ? readLines<Round>(stored) : []
const began = performance.now()
for (const seed of seeds) {
  const missing = wanted.filter((strategy) => roundsOf(seed, strategy).length < sizes.labels.length)
  if (missing.length === 0) continue
  process.stdout.write(`seed ${seed}: the base policy and its samples\n`)
  const task = await makeTask(join(out, `seed-${seed}`), seed, sizes)
  const first = choose('random', { task, asked: [], scores: [], count: sizes.labels[0]!, round: 0 })
  // All strategies begin with the same labels, and so with the same model.
  const beginning = missing.filter((strategy) => roundsOf(seed, strategy).length === 0)
  if (beginning.length > 0) await step(task, beginning, first)
  for (const strategy of missing) {
    const asked = () => [...first, ...roundsOf(seed, strategy).flatMap(({ next }) => next)]
    while (roundsOf(seed, strategy).length < sizes.labels.length) await step(task, [strategy], asked())
  }
}
rmSync(join(out, 'reward'), { recursive: true, force: true })
const unfinished = seeds.flatMap((seed) =>
  strategies.filter((strategy) => roundsOf(seed, strategy).length < sizes.labels.length),
)
if (unfinished.length > 0) {
  process.stdout.write(`No report yet: ${unfinished.length} curves of ${out} are not finished.\n`)
} else {
  const results = seeds.flatMap((seed) =>
    strategies.flatMap((strategy) => roundsOf(seed, strategy).map(({ next: _, ...result }) => result)),
  )
  const folder = options.report ?? out
  process.stdout.write(`\n${await report(folder, results, seeds)}\n${join(folder, 'chart.svg')}\n`)
}

function roundsOf(seed: number, strategy: Strategy): Round[] {
  return rounds.filter((round) => round.seed === seed && round.strategy === strategy)
}

/** One round of strategies that have asked for the same so far: learn from it, measure, and let each choose what to ask next. */
async function step(task: Task, own: readonly Strategy[], asked: readonly Asked[]): Promise<void> {
  const { seed } = task
  const round = sizes.labels.indexOf(asked.length)
  if (round < 0)
    throw new RangeError(
      `${stored} has a round of ${asked.length} labels: it is another study's, give another --out`,
    )
  const more = sizes.labels[round + 1]
  const model = await learn(out, task, asked, sizes.heads)
  const accuracy = accuracyOf(headScores(model, task.heldOut), task.heldOutPairs)
  const uses = own.some((strategy) => strategy !== 'random' && strategy !== 'coverage')
  const scores = more && uses ? headScores(model, task.pool) : []
  model.dispose()
  const ties = asked.filter((each) => labelOf(task, each).pairs[0]!.tie).length
  for (const strategy of own) {
    const next = more
      ? choose(strategy, { task, asked, scores, count: more - asked.length, round: round + 1 })
      : []
    const result: Round = { seed, strategy, round, labels: asked.length, ties, ...accuracy, next }
    appendFileSync(stored, `${JSON.stringify(result)}\n`)
    rounds.push(result)
    const seconds = Math.round((performance.now() - began) / 1000)
    process.stdout.write(
      `seed ${seed}  ${strategy.padEnd(12)}  ${asked.length} labels  ${(100 * accuracy.truth).toFixed(1)} %  (${seconds} s)\n`,
    )
  }
}
