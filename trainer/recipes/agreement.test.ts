import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Computed } from './agreement-of.ts'

/** Engines compute the same: each in a process of its own, compared with TensorFlow.js' own engine 'cpu'. */

type Answer = Computed | { unavailable: string }

const program = fileURLToPath(new URL('agreement-of.ts', import.meta.url))

async function ask(engine: string, precision: string): Promise<Answer> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, engine, precision], {
    maxBuffer: 1 << 26,
  })
  return JSON.parse(stdout.split('\n').find((line) => line.startsWith('{'))!)
}

const others = [
  ['tensorflow', 'fp32'],
  ['torch', 'fp32'],
  ['torch', 'bf16'],
] as const
const reference = (await ask('cpu', 'fp32')) as Computed
const answers = await Promise.all(others.map(([engine, precision]) => ask(engine, precision)))
const architectures = Object.keys(reference.numbers)

/** The length of the difference, relative to the expected length. */
function distance(actual: number[], expected: number[]): number {
  expect(actual).toHaveLength(expected.length)
  return (
    Math.hypot(...expected.map((value, i) => value - actual[i]!)) / Math.max(Math.hypot(...expected), 1e-6)
  )
}

/** The largest difference, relative to the largest expected number. */
function difference(actual: number[], expected: number[]): number {
  expect(actual).toHaveLength(expected.length)
  const scale = Math.max(...expected.map(Math.abs), 1e-6)
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!))) / scale
}

describe.each(others.map(([engine, precision], i) => ({ engine, precision, answer: answers[i]! })))(
  'the engine "$engine" in $precision',
  ({ precision, answer }) => {
    const skips = 'unavailable' in answer
    const { numbers, tokens } = skips ? reference : answer

    it.skipIf(skips || precision === 'bf16')('draws the same tokens from the same seed', () => {
      expect(tokens).toEqual(reference.tokens)
    })

    it.skipIf(skips).each(architectures)(
      'computes the same logits, gradients and PPO update of a %s',
      (name) => {
        const expected = reference.numbers[name]!
        expect(Object.keys(numbers[name]!)).toEqual(Object.keys(expected))
        for (const [what, values] of Object.entries(expected)) {
          // After a first step a token on the edge of the clip range counts wholly or not at all.
          if (precision === 'bf16' && /drawn|afterwards|norm of epoch 1$/.test(what)) continue
          const actual = numbers[name]![what]!
          if (precision === 'bf16') expect(distance(actual, values), what).toBeLessThan(2e-2)
          else expect(difference(actual, values), what).toBeLessThan(1e-4)
        }
        if (precision === 'fp32') return
        // Biases begin at 0, so that of them alone only Adam's step would be compared, which has no regard for size.
        for (const model of ['policy', 'value']) {
          const moved = (all: Record<string, number[]>) =>
            Object.keys(expected)
              .filter((what) => what.startsWith(model) && what.endsWith('afterwards'))
              .flatMap((what) => all[what]!)
          expect(distance(moved(numbers[name]!), moved(expected)), `${model} afterwards`).toBeLessThan(2e-2)
        }
      },
    )
  },
)
