import { expect, it } from 'vitest'
import { verdictOf } from './verdict.ts'

const rate = (winRate: number, low: number, high: number) => ({
  winRate,
  low,
  high,
  wins: 0,
  losses: 0,
  ties: 0,
  n: 100,
})

it('says who wins only when the interval leaves out one half', () => {
  expect(verdictOf(rate(0.84, 0.79, 0.88), 'the rubric')).toBe('B wins 84 % [79, 88] by the rubric.')
  expect(verdictOf(rate(0.3, 0.2, 0.4), 'the rubric')).toBe(
    'B loses: it wins only 30 % [20, 40] by the rubric.',
  )
  expect(verdictOf(rate(0.55, 0.45, 0.64), 'the rubric')).toContain('No difference is shown')
})
