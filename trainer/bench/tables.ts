import type { ContenderResults, Memory, Results } from './results.ts'
import { decodedBytes, rolloutFlops, type Shape, type ShapeName, shapes, trainFlops } from './shapes.ts'
import { decodeStepMs, median, speedup } from './statistics.ts'

/** A Markdown table, its columns aligned in plain text too. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)))
  const pad = (cell: string, i: number) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
  const line = (row: string[]) => `| ${row.map(pad).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** Three digits that mean something, never more than the value has before its point. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

const percent = (share: number) => (Number.isFinite(share) ? `${(100 * share).toFixed(0)} %` : '–')
const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0)
const times = (ratio: number) => (Number.isFinite(ratio) ? `${ratio.toFixed(2)}×` : '–')

/** The whole report. */
export function report(results: Results): string {
  const parts = [header(results), operations(results)]
  for (const name of Object.keys(shapes) as ShapeName[]) {
    if (Object.values(results.contenders).some((each) => each.shapes[name]))
      parts.push(shapeReport(name, results))
  }
  if (results.notes.length > 0) parts.push(results.notes.map((note) => `- ${note}`).join('\n'))
  return parts.join('\n\n')
}

function header({ machine, contenders, device, threads, repeats, copyRate }: Results): string {
  const versions = new Map(Object.values(contenders).flatMap((each) => Object.entries(each.versions)))
  const { processor, cores, memoryGiB, system, node, time } = machine
  const accelerators = new Set(Object.values(contenders).map((each) => each.device))
  return [
    `${processor}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; ${time}`,
    ...(device === 'cuda' ? [[...accelerators].join(', ')] : []),
    [...versions].map(([name, version]) => `${name} ${version}`).join(', '),
    `${threads} threads; medians of ${repeats}, taken in turns; memory copies at ${digits(copyRate / 1e9)} GB/s (read + written)`,
  ].join('\n')
}

function operations({ contenders }: Results): string {
  const sides = [...new Set(Object.values(contenders).flatMap(({ matmul }) => Object.keys(matmul)))]
  sides.sort((a, b) => Number(a) - Number(b))
  const microseconds = (samples?: number[]) => digits(samples ? 1000 * median(samples) : Number.NaN)
  const rows = Object.entries(contenders)
    .filter(([, { operations, matmul }]) => operations || Object.keys(matmul).length > 0)
    .map(([name, { operations, matmul }]) => [
      name,
      microseconds(operations?.add),
      microseconds(operations?.matmul),
      ...sides.map((side) => digits(gigaflops(Number(side), matmul[side]))),
    ])
  const head = [
    'one operation',
    'add of 64, µs',
    '64×64 matmul, µs',
    ...sides.map((side) => `${side}³, GFLOP/s`),
  ]
  return table(head, rows)
}

function gigaflops(side: number, samples?: number[]): number {
  return samples ? (2 * side ** 3) / median(samples) / 1e6 : Number.NaN
}

/** FLOP/s of the best large matrix product of any contender in that precision; NaN where none was measured. */
export function peakOf({ contenders }: Pick<Results, 'contenders'>, precision: 'fp32' | 'bf16'): number {
  const rates = Object.values(contenders)
    .filter((each) => each.precision === precision)
    .flatMap(({ matmul }) => Object.entries(matmul).map(([side, ms]) => 1e9 * gigaflops(Number(side), ms)))
  return rates.length === 0 ? Number.NaN : Math.max(...rates)
}

function shapeReport(name: ShapeName, results: Results): string {
  const shape = shapes[name]
  const measured = Object.entries(results.contenders).flatMap(([contender, each]) => {
    const figures = each.shapes[name]
    return figures ? [{ contender, each, figures }] : []
  })
  const { architecture, layers, width, vocabSize } = shape.model
  const family = architecture === 'gpt2' ? 'GPT-2' : 'Llama'
  const millions = (Math.max(...measured.map(({ figures }) => figures.parameters)) / 1e6).toFixed(1)
  const peerPrecision = shape.precisions[0]!
  const peer = results.contenders[`Hugging Face ${peerPrecision}`]?.shapes[name]
  const toPeer = `× HF ${peerPrecision}`
  const part = measured.filter(({ figures }) => figures.train)

  const trains = part.map(({ contender, each, figures }) => {
    const { rows, ms } = figures.train!
    const seconds = median(ms) / 1000
    const tokens = rows * (shape.promptLength + shape.responseLength)
    const ratio = peer?.train
      ? speedup({ ms: median(ms), rows }, { ms: median(peer.train.ms), rows: peer.train.rows })
      : Number.NaN
    return [
      labelled(contender, rows, shape.rows),
      digits(1000 * seconds),
      times(ratio),
      digits(tokens / seconds),
      percent(trainFlops(shape, rows) / seconds / peakOf(results, each.precision)),
      ...memoryCells(figures.trainMemory),
    ]
  })
  const rollouts = shape.rolloutRows.flatMap((wanted, index) =>
    measured.flatMap(({ contender, each, figures }) => {
      const rollout = figures.rollouts[index]
      if (!rollout || rollout.ms.length === 0) return []
      const against = peer?.rollouts[index]
      const cells = rolloutCells(shape, each, rollout, against, results)
      const label =
        shape.rolloutRows.length > 1
          ? `${contender}, ${rollout.rows} rows`
          : labelled(contender, rollout.rows, wanted)
      return [[label, ...cells, ...memoryCells(figures.rolloutMemory)]]
    }),
  )
  const optimizers = part.flatMap(({ contender, figures }) =>
    figures.train!.optimizer ? [`${contender} steps with ${figures.train!.optimizer}`] : [],
  )
  const { promptLength, responseLength, rows } = shape
  return [
    `${name}: ${family}, ${layers} layers × ${width}, vocabulary ${vocabSize}, ${millions} million parameters; ` +
      `prompt ${promptLength} + response ${responseLength} tokens`,
    table([`train step, ${rows} rows`, 'ms', toPeer, 'tokens/s', 'of peak', 'MiB', 'grown by'], trains),
    table(
      [
        shape.rolloutRows.length > 1 ? 'rollout' : `rollout, ${shape.rolloutRows[0]} rows`,
        ...['ms/token', toPeer, 'tokens/s', 'of peak', 'weights GB/s', 'of copy', 'MiB', 'grown by'],
      ],
      rollouts,
    ),
    ...(optimizers.length > 0 ? [`${optimizers.join('; ')}.`] : []),
  ].join('\n\n')
}

function labelled(contender: string, rows: number, wanted: number): string {
  return rows === wanted ? contender : `${contender}, ${rows} row${rows === 1 ? '' : 's'} only`
}

type Rollout = { rows: number; ms: number[]; firstTokenMs: number[] }

function rolloutCells(
  shape: Shape,
  { precision }: ContenderResults,
  { rows, ms, firstTokenMs }: Rollout,
  peer: Rollout | undefined,
  results: Results,
): string[] {
  const total = median(ms)
  const { responseLength } = shape
  const step = decodeStepMs(total, median(firstTokenMs), responseLength)
  const weights = (1000 * decodedBytes(shape.model, precision)) / step
  const ratio = peer ? speedup({ ms: total, rows }, { ms: median(peer.ms), rows: peer.rows }) : Number.NaN
  return [
    digits(total / responseLength),
    times(ratio),
    digits((1000 * rows * responseLength) / total),
    percent((1000 * rolloutFlops(shape, rows)) / total / peakOf(results, precision)),
    digits(weights / 1e9),
    percent(weights / results.copyRate),
  ]
}

function memoryCells(memory: Memory | undefined): string[] {
  if (!memory || memory.peak === null) return ['–', '–']
  return [mebibytes(memory.peak), mebibytes(memory.peak - memory.before)]
}
