import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SampleEvent, TrainerEvent } from '#trainer/events.ts'

type Sample = Omit<SampleEvent, 'type'>

/**
 * Writes every sample of a run into `folder`: whole into samples.jsonl, and into samples.md as tables, one a step, of prompt, completion
 * and scores. A run that goes on from an earlier one, or goes back, first takes out what it repeats. What the file system throws is thrown.
 */
export function sampleTables(folder: string, { resume }: { resume: boolean }): (event: TrainerEvent) => void {
  const lines = join(folder, 'samples.jsonl')
  const tables = join(folder, 'samples.md')
  let last: Sample | null = null
  let goesOn = resume
  let begun = false

  const begin = (step: number) => {
    const earlier = goesOn ? readSamples(lines).filter((sample) => sample.step < step) : []
    writeFileSync(lines, earlier.map(lineOf).join(''))
    writeFileSync(tables, ['# Samples\n', ...earlier.map((each, i) => rowOf(each, earlier[i - 1]))].join(''))
    last = earlier.at(-1) ?? null
    begun = true
  }
  return (event) => {
    if (event.type === 'rollback') {
      goesOn = true
      begun = false
    }
    if (event.type !== 'step' && event.type !== 'sample') return
    // The first step tells from where a run goes on, also one without samples.
    if (!begun && (event.type === 'sample' || existsSync(lines))) begin(event.step)
    if (event.type === 'step') return
    const { type: _, ...sample } = event
    appendFileSync(lines, lineOf(sample))
    appendFileSync(tables, rowOf(sample, last ?? undefined))
    last = sample
  }
}

const lineOf = (sample: Sample) => `${JSON.stringify(sample)}\n`

/** Whole lines only: the last may have been cut short. */
function readSamples(path: string): Sample[] {
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Sample)
}

/** A row, with a heading and the head of a table before the first of a step. */
function rowOf(sample: Sample, before: Sample | undefined): string {
  const names = Object.keys(sample.scores)
  const follows = before?.step === sample.step && Object.keys(before.scores).join('\n') === names.join('\n')
  const titles = ['prompt', 'completion', ...names.map((name) => (name === 'kl' ? 'KL' : cell(name)))]
  const head = [
    `\n## Step ${sample.step}\n`,
    row(titles),
    row(titles.map((_, i) => (i < 2 ? '---' : '---:'))),
  ]
  const scores = names.map((name) => String(Number(sample.scores[name]!.toPrecision(4))))
  const own = row([cell(sample.prompt), cell(sample.completion), ...scores])
  return `${[...(follows ? [] : head), own].join('\n')}\n`
}

const row = (cells: string[]) => `| ${cells.join(' | ')} |`

/** Text as it stands, whatever Markdown it contains. */
export function cell(plain: string): string {
  return plain
    .replace(/[\\`*_[\]<>|~&#]/g, '\\$&')
    .replace(/\r\n?|\n/g, '<br>')
    .trim()
}
