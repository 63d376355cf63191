import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { chart } from './compare/chart.ts'
import { pointsOf } from './compare/points.ts'
import { comparisonSpec, foldersOf, runOne, specOf } from './compare/runs.ts'
import { type Compared, markdown, tableOf } from './compare/table.ts'
import { WhetstoneError } from './errors.ts'

/**
 * Runs several recipes on one task, one after the other, each in a process and a folder of its own, and writes into --report:
 * chart.svg (reward against √KL and against episodes), table.md and results.jsonl, one run a line. See docs/compare/README.md.
 */
async function main(): Promise<void> {
  const options = new Command('compare')
    .description('Compares training recipes on one task')
    .requiredOption(
      '--spec <file>',
      'the comparison, JSON: { title, window, common, runs: [{ name, kind, settings }] }',
    )
    .requiredOption('--out <folder>', 'the folder of the runs')
    .option('--report <folder>', 'where chart, table and results go; --out by default')
    .parse()
    .opts<{ spec: string; out: string; report?: string }>()
  const parsed = comparisonSpec.safeParse(JSON.parse(readFileSync(options.spec, 'utf8')))
  if (!parsed.success) {
    const { message, path } = parsed.error.issues[0]!
    throw new WhetstoneError(
      'INVALID_CONFIG',
      `${options.spec}: ${path.join('.')}: ${message}`,
      'See docs/compare/README.md.',
    )
  }
  const { title, window, common, runs } = parsed.data
  const folder = dirname(resolve(options.spec))
  const folders = foldersOf(runs)
  // All specs are checked before the first run begins.
  const specs = runs.map(({ kind, settings }) => specOf(kind, common, settings, folder))
  const compared: Compared[] = []
  for (const [i, run] of runs.entries()) {
    process.stdout.write(`${run.name} (${run.kind}) `)
    const { events, seconds } = await runOne(run, specs[i], join(resolve(options.out), folders[i]!))
    const steps = events.filter((event) => event.type === 'step')
    const done = events.find((event) => event.type === 'done')!
    compared.push({
      name: run.name,
      kind: run.kind,
      ...pointsOf(steps, window),
      summary: done.summary,
      seconds,
    })
    process.stdout.write(`${Math.round(seconds)} s\n`)
  }
  const report = resolve(options.report ?? options.out)
  mkdirSync(report, { recursive: true })
  const table = tableOf(compared)
  writeFileSync(join(report, 'chart.svg'), await chart(compared, title))
  writeFileSync(join(report, 'table.md'), markdown(table))
  const results = compared.map(({ seconds: _, ...run }, i) => ({
    title,
    window,
    commonKl: table.kl,
    ...table.rows[i],
    ...run,
  }))
  writeFileSync(join(report, 'results.jsonl'), results.map((each) => `${JSON.stringify(each)}\n`).join(''))
  process.stdout.write(`\n${markdown(table)}\n${join(report, 'chart.svg')}\n`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof WhetstoneError)) throw error
  process.stderr.write(`${error.message}\n${error.hint}\n`)
  process.exitCode = 1
}
