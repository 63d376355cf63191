import type { Engine } from '#trainer/engine/engine.ts'
import type { Machine, Memory } from './results.ts'
import type { ShapeName } from './shapes.ts'
import { shapes } from './shapes.ts'
import { median } from './statistics.ts'
import { digits, table } from './tables.ts'

/** How a contender computes; `defaults` leaves to the recipe whatever it can. */
export const variants = ['fp32', 'bf16', 'defaults'] as const
export type Variant = (typeof variants)[number]

/** Seconds. */
export interface Update {
  rollout: number
  score: number
  train: number
}

/** What `--json` writes: every sample. */
export interface PpoResults {
  machine: Machine
  device: 'cpu' | 'cuda'
  threads: number
  repeats: number
  shapes: Partial<Record<ShapeName, ShapeUpdates>>
  /** What is left out, and why. */
  notes: string[]
}

export interface PeerVersions {
  /** Of PyTorch. */
  version: string
  transformers: string
}

export interface ShapeUpdates {
  variants: Partial<Record<Variant, VariantUpdates>>
  /** Absent without it. */
  peer?: PeerVersions
}

export interface VariantUpdates {
  engine: Pick<Engine, 'name' | 'version' | 'precision' | 'device'>
  /** Seconds. */
  updates: (Update & { all: number })[]
  memory: Memory
  /** Train steps of Hugging Face in fp32, in ms, in turn with these updates. */
  yardstick?: { ms: number[]; optimizer: string }
}

/** Train steps of Hugging Face that one update may take at most; TRL's last PPO takes so many. */
const goals: Partial<Record<ShapeName, Partial<Record<Variant | 'TRL', number>>>> = {
  tiny: { fp32: 4.7, bf16: 3.3, TRL: 7.5 },
  smol: { fp32: 6.2, bf16: 4.2, TRL: 9 },
}

const names: Record<Variant, string> = { fp32: 'fp32', bf16: 'bf16', defaults: 'the recipe’s defaults' }

/** The whole report. */
export function ppoReport(results: PpoResults): string {
  const { machine, threads, repeats } = results
  const { processor, cores, memoryGiB, system, node, time } = machine
  const head = [
    `${processor}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; ${time}`,
    `${threads} threads; medians of ${repeats}, taken in turns`,
  ].join('\n')
  const parts = Object.entries(results.shapes).map(([name, updates]) =>
    shapeReport(name as ShapeName, updates),
  )
  const notes = results.notes.map((note) => `- ${note}`).join('\n')
  return [head, ...parts, ...(notes ? [notes] : [])].join('\n\n')
}

function shapeReport(name: ShapeName, { variants, peer }: ShapeUpdates): string {
  const { rows, promptLength, responseLength } = shapes[name]
  const measured = Object.entries(variants) as [Variant, VariantUpdates][]
  const own = measured.map(([variant, { updates, memory, yardstick }]) => {
    const seconds = (part: keyof (typeof updates)[number]) => median(updates.map((update) => update[part]))
    const step = yardstick ? median(yardstick.ms) / 1000 : Number.NaN
    return [
      names[variant],
      ...(['all', 'rollout', 'score', 'train'] as const).map((part) => digits(seconds(part))),
      digits(seconds('all') / step),
      atMost(goals[name]?.[variant]),
      ...(memory.peak === null ? ['–', '–'] : [memory.peak, memory.peak - memory.before].map(mebibytes)),
    ]
  })
  const trl = goals[name]?.TRL
  const theirs = trl ? [['TRL’s last PPO', '–', '–', '–', '–', digits(trl), '–', '–', '–']] : []
  const columns = ['s', 'rollout', 'scoring', 'training', 'HF steps', 'target', 'MiB', 'grown by']
  const head = [`${name}: an update, ${rows} × (${promptLength} + ${responseLength})`, ...columns]
  const engines = measured.map(
    ([variant, { engine }]) =>
      `${names[variant]}: ${engine.name} ${engine.version}, ${engine.precision}, ${engine.device}`,
  )
  const yardsticks = measured.flatMap(([variant, { yardstick }]) =>
    yardstick
      ? [`beside ${names[variant]} ${digits(median(yardstick.ms))} ms by ${yardstick.optimizer}`]
      : [],
  )
  const below = [
    engines.join('; '),
    ...(peer
      ? [
          `One HF step in fp32 (transformers ${peer.transformers}, PyTorch ${peer.version}): ${yardsticks.join(', ')}`,
        ]
      : []),
  ]
  return `${table(head, [...own, ...theirs])}\n\n${below.join('\n')}`
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0)
const atMost = (steps: number | undefined) => (steps === undefined ? '–' : `≤ ${steps}`)
