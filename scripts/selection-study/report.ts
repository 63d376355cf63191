import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chart } from './chart.ts'
import {
  accuracyAt,
  labelsNeeded,
  lead,
  meanCurve,
  type Point,
  type Ratio,
  ratioToRandom,
  rising,
} from './curves.ts'
import { type Strategy, strategies } from './strategies.ts'
import { writeLines } from './task.ts'

/** What was measured after a round, and what was then chosen to be asked. */
export interface Result {
  seed: number
  strategy: Strategy
  round: number
  labels: number
  /** How many of the labels say that neither is better. */
  ties: number
  /** The share of held-out pairs in the planted order, and in the order that an annotator gave. */
  truth: number
  annotators: number
}

/** One curve a seed. */
export type Curves = ReadonlyMap<Strategy, Point[][]>

/** Shares of random's labels at which the accuracy to reach is read off. */
const targets = [1, 0.75, 0.5]

/** Writes chart.svg, table.md and results.jsonl into a folder; gives the table. */
export async function report(
  folder: string,
  results: readonly Result[],
  seeds: readonly number[],
): Promise<string> {
  const curvesOf = (by: 'truth' | 'annotators'): Curves =>
    new Map(
      strategies.map((strategy) => [
        strategy,
        seeds.map((seed) =>
          results
            .filter((each) => each.seed === seed && each.strategy === strategy)
            .sort((a, b) => a.round - b.round)
            .map((each) => ({ labels: each.labels, accuracy: each[by] })),
        ),
      ]),
    )
  const curves = curvesOf('truth')
  const last = curves.get('random')![0]!.at(-1)!.labels
  const table = [
    accuracies(curves, 'the planted order'),
    accuracies(curvesOf('annotators'), 'the order that an annotator gave'),
    needed(curves, last),
    leads(curves, last),
  ].join('\n')
  const title = `What to label next: mean of ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} of the planted demo`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'chart.svg'), await chart(curves, shareOf(last), title))
  writeFileSync(join(folder, 'table.md'), table)
  writeLines(folder, 'results.jsonl', results)
  return table
}

/** The labels with which choosing should come where random choice comes with all of them: 60 %. */
function shareOf(last: number): number {
  return Math.round(0.6 * last)
}

function accuracies(curves: Curves, what: string): string {
  const counts = curves.get('random')![0]!.map(({ labels }) => labels)
  const rows = strategies.map((strategy) => [
    strategy,
    ...meanCurve(curves.get(strategy)!).map(({ accuracy }) => percent(accuracy)),
  ])
  return markdown([`Held-out pairs in ${what}, %, after`, ...counts.map((count) => `${count} labels`)], rows)
}

/** How many labels each strategy takes for the accuracies that random has after shares of its labels. */
function needed(curves: Curves, last: number): string {
  const random = rising(meanCurve(curves.get('random')!))
  const head = targets.map((share) => {
    const labels = Math.round(share * last)
    return `random’s accuracy after ${labels} labels (${percent(accuracyAt(random, labels))} %)`
  })
  const rows = strategies.map((strategy) => [
    strategy,
    ...targets.map((share) => {
      const labels = share * last
      const count = labelsNeeded(rising(meanCurve(curves.get(strategy)!)), accuracyAt(random, labels))
      const shown = count === null ? `more than ${last}` : Math.round(count)
      return strategy === 'random' ? `${shown}` : `${shown}; ${shownRatio(ratio(curves, strategy, labels))}`
    }),
  ])
  return markdown(
    ['Labels needed on the mean curve; share of random’s, mean over seeds [95 %], for', ...head],
    rows,
  )
}

function ratio(curves: Curves, strategy: Strategy, labels: number): Ratio {
  return ratioToRandom(curves.get(strategy)!, curves.get('random')!, labels)
}

function shownRatio({ mean, low, high, unreached, ratios }: Ratio): string {
  // Where a seed never came there, nothing but a bound is known.
  if (unreached > 0)
    return `at least ${percent(mean, 0)} %, not reached in ${unreached} of ${ratios.length} seeds`
  return `${percent(mean, 0)} %${low === null ? '' : ` [${percent(low, 0)}, ${percent(high!, 0)}]`}`
}

/** How far each strategy is from random's accuracy, with as many labels and with 60 % of those that random has at the end. */
function leads(curves: Curves, last: number): string {
  const random = curves.get('random')!
  const counts = random[0]!.map(({ labels }) => labels).slice(1)
  const share = shareOf(last)
  const rows = strategies.map((strategy) => {
    const own = curves.get(strategy)!
    const equal = counts.map((labels) => lead(own, labels, random, labels))
    const cells = strategy === 'random' ? counts.map(() => '–') : equal.map(points)
    return [strategy, ...cells, points(lead(own, share, random, last))]
  })
  const head = [
    'Points of accuracy ahead of random, mean over seeds [95 %], after',
    ...counts.map((count) => `${count} labels`),
    `${share} labels, of random’s accuracy after ${last}`,
  ]
  return markdown(head, rows)
}

function points({ mean, low, high }: ReturnType<typeof lead>): string {
  const signed = (value: number) => `${value < 0 ? '−' : '+'}${percent(Math.abs(value))}`
  return low === null ? signed(mean) : `${signed(mean)} [${signed(low)}, ${signed(high!)}]`
}

function percent(share: number, digits = 1): string {
  return (100 * share).toFixed(digits)
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  return [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(line).join('')
}
