import { expect, test } from 'vitest'
import type { ContenderResults, Results } from './results.ts'
import { decodeStepMs, median, speedup } from './statistics.ts'
import { digits, peakOf, report, table } from './tables.ts'

const contender = (precision: 'fp32' | 'bf16', others: Partial<ContenderResults>): ContenderResults => ({
  precision,
  peer: false,
  versions: {},
  device: 'cpu',
  matmul: {},
  shapes: {},
  ...others,
})

test('the median is the middle, or the mean of the two in the middle', () => {
  expect(median([9, 1, 3])).toBe(3)
  expect(median([9, 1, 3, 5])).toBe(4)
  expect(median([])).toBeNaN()
})

test('a speed-up compares the time of one row', () => {
  // 10 ms a row against 40.
  expect(speedup({ ms: 20, rows: 2 }, { ms: 2560, rows: 64 })).toBe(4)
})

test('a decoded token takes what a rollout takes beyond its first', () => {
  expect(decodeStepMs(520, 50, 48)).toBe(10)
})

test('the peak is the best median in that precision', () => {
  const contenders = {
    // 2·1000³ in 20 ms, and 2·2000³ in 40.
    torch: contender('fp32', { matmul: { 1000: [20, 1, 20], 2000: [40] } }),
    other: contender('bf16', { matmul: { 1000: [1] } }),
  }
  expect(peakOf({ contenders }, 'fp32')).toBeCloseTo(400e9)
  expect(peakOf({ contenders: { torch: contenders.torch } }, 'bf16')).toBeNaN()
})

test('numbers show three digits', () => {
  expect([0.5, 12.345, 1234.5, Number.NaN].map(digits)).toEqual(['0.50', '12.3', '1235', '–'])
})

test('a table is aligned', () => {
  expect(table(['a', 'ms'], [['torch', '1']])).toBe('| a     | ms |\n|-------|---:|\n| torch |  1 |')
})

test('the report gives each figure for its rows, and fits a page', () => {
  const results: Results = {
    machine: { processor: 'A', cores: 2, memoryGiB: 8, system: 'Linux', node: '24', time: '2030-01-01' },
    device: 'cpu',
    threads: 2,
    repeats: 1,
    copyRate: 20e9,
    notes: ['smol: cpu left out'],
    contenders: {
      'torch fp32': contender('fp32', {
        versions: { torch: '2' },
        matmul: { 1024: [10] },
        shapes: {
          tiny: {
            parameters: 3.7e6,
            rollouts: [{ rows: 64, ms: [240], firstTokenMs: [5] }],
            train: { rows: 64, ms: [400], loss: 1 },
            trainMemory: { before: 2 ** 20, peak: 3 * 2 ** 20 },
          },
        },
      }),
      'Hugging Face fp32': contender('fp32', {
        peer: true,
        shapes: {
          tiny: {
            parameters: 3.7e6,
            rollouts: [{ rows: 64, ms: [480], firstTokenMs: [10] }],
            train: { rows: 64, ms: [1000], loss: 1, optimizer: 'AdamW()' },
          },
        },
      }),
    },
  }
  const lines = report(results).split('\n')
  const cells = (start: string) =>
    lines
      .filter((line) => line.startsWith(start))
      .map((line) =>
        line
          .split('|')
          .slice(2, -1)
          .map((cell) => cell.trim()),
      )
  // 64 rows of 64 tokens in 0.4 s; 3·2·64·(3145728·64 + 524288·48) + 3·64·4·4·256·2080 FLOP against 2·1024³ in 10 ms.
  expect(cells('| torch fp32')[1]).toEqual(['400', '2.50×', '10240', '103 %', '3', '2'])
  // 64 rows of 48 tokens in 0.24 s; 3670016 matrix elements of 4 bytes in (240 − 5)/47 ms, of 20 GB/s.
  expect(cells('| torch fp32')[2]).toEqual(['5.00', '2.00×', '12800', '56 %', '2.94', '15 %', '–', '–'])
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(110)
})
