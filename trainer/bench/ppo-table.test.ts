import { expect, test } from 'vitest'
import { type PpoResults, ppoReport } from './ppo-table.ts'

test('an update is given in train steps of the peer measured beside it', () => {
  const update = (all: number) => ({ all, rollout: 0.5, score: 0.25, train: all - 0.75 })
  const engine = { name: 'torch', version: '2', precision: 'fp32', device: 'cpu' } as const
  const results: PpoResults = {
    machine: { processor: 'A', cores: 2, memoryGiB: 8, system: 'Linux', node: '24', time: '2030-01-01' },
    device: 'cpu',
    threads: 2,
    repeats: 3,
    notes: ['smol: bf16 failed'],
    shapes: {
      tiny: {
        peer: { version: '2', transformers: '5' },
        variants: {
          fp32: {
            engine,
            updates: [update(3), update(2), update(9)],
            memory: { before: 2 ** 20, peak: 3 * 2 ** 20 },
            yardstick: { ms: [500, 750, 800], optimizer: 'AdamW()' },
          },
          defaults: { engine, updates: [update(2)], memory: { before: 0, peak: null } },
        },
      },
    },
  }
  const report = ppoReport(results)
  const row = (start: string) => {
    const line = report.split('\n').find((each) => each.startsWith(`| ${start}`))!
    return line.split('|').map((cell) => cell.trim())
  }
  // The median update, 3 s, in steps of .75 s.
  expect(row('fp32')).toEqual(['', 'fp32', '3.00', '0.50', '0.25', '2.25', '4.00', '≤ 4.7', '3', '2', ''])
  expect(row('the recipe’s').slice(2)).toEqual(['2.00', '0.50', '0.25', '1.25', '–', '–', '–', '–', ''])
  expect(row('TRL')[6]).toBe('7.50')
  expect(report).toContain('beside fp32 750 ms by AdamW()')
  expect(report).toContain('- smol: bf16 failed')
})
