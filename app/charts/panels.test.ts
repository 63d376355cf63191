import { expect, it } from 'vitest'
import { panelsOf } from './panels.ts'

const titles = (panels: { title: string }[]) => panels.map(({ title }) => title)

it('a PPO run shows its objective first and its KL target', () => {
  const { main } = panelsOf('PPO', ['loss/policy_avg', 'objective/kl', 'objective/scores'], { klTarget: 6 })
  expect(titles(main)).toEqual(['Score', 'KL to the reference', 'Losses'])
  expect(main[1]!.target).toBe(6)
  expect(main[2]!.series.map(({ metric }) => metric)).toEqual(['loss/policy_avg'])
})

it('a metric nobody planned for has a chart of its own', () => {
  const { main, others } = panelsOf('SFT', ['loss', 'grad_norm'])
  expect(titles(main)).toEqual(['Loss'])
  expect(titles(others)).toEqual(['grad_norm'])
})
