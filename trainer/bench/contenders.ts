import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Shape, ShapeName } from './shapes.ts'

/** A process that answers what child.ts asks. */
export interface Program {
  /** As it stands in the tables. */
  name: string
  command: string
  args: string[]
}

/** What is measured side by side, each in processes of its own. */
export interface Contender extends Program {
  precision: 'fp32' | 'bf16'
  peer: boolean
  /** Whether it is measured at matrix products and single operations too, and at rollouts; its sibling is where not. */
  trainsOnly: boolean
  /** Rows of a train step and of rollouts it can do in reasonable time; 0 leaves the shape out. */
  rows(shape: Shape, name: ShapeName): number
  /** At most so many samples of each figure. */
  repeats: number
  /** Smaller and fewer matrix products, too. */
  slow: boolean
  /** Takes so much memory for any but the smallest shape that it has its turns without the others. */
  heavy: boolean
}

export interface Choice {
  engines: string[]
  device: 'cpu' | 'cuda'
  threads: number
  peer: boolean
}

const everyRow = (shape: Shape) => shape.rows
/** The engine "cpu" takes many seconds for a row of the smallest shape. */
const oneRowOfTiny = (_: Shape, name: ShapeName) => (name === 'tiny' ? 1 : 0)

/** The engines' part; whether each starts shows when it is asked. */
export function engineContenders({ engines, device, threads }: Choice): Contender[] {
  return engines.flatMap((engine) =>
    (engine === 'torch' ? (['fp32', 'bf16'] as const) : (['fp32'] as const)).map((precision) => ({
      name: engine === 'cpu' ? 'cpu' : `${engine} ${precision}`,
      precision,
      peer: false,
      command: process.execPath,
      args: [
        '--expose-gc',
        join(import.meta.dirname, 'measure.ts'),
        ...['--engine', engine, '--precision', precision, '--device', device, '--threads', `${threads}`],
      ],
      trainsOnly: false,
      repeats: engine === 'cpu' ? 1 : Number.POSITIVE_INFINITY,
      slow: engine === 'cpu',
      heavy: engine === 'tensorflow',
      rows: engine === 'cpu' ? oneRowOfTiny : everyRow,
    })),
  )
}

/** Hugging Face, in each precision; bf16 trains with fp32 weights under autocast, and with weights in bf16 alone. */
export function peerContenders({ device, threads }: Choice): Contender[] {
  const variants = [
    ['Hugging Face fp32', 'fp32'],
    ['Hugging Face bf16', 'bf16'],
    ['Hugging Face bf16 weights', 'bf16-weights'],
  ] as const
  return variants.map(([name, precision]) => ({
    name,
    precision: precision === 'fp32' ? 'fp32' : 'bf16',
    peer: true,
    command: python(),
    args: [
      join(import.meta.dirname, 'huggingface.py'),
      ...['--precision', precision, '--device', device, '--threads', `${threads}`],
    ],
    trainsOnly: precision === 'bf16-weights',
    rows: everyRow,
    repeats: Number.POSITIVE_INFINITY,
    slow: false,
    heavy: false,
  }))
}

/** Throws an Error with Python's own words where there is no torch and transformers. */
export function checkPeer(): void {
  execFileSync(python(), ['-c', 'import torch, transformers'], { stdio: 'pipe', encoding: 'utf8' })
}

function python(): string {
  return process.env.WHETSTONE_PYTHON || 'python3'
}
