import { expect, it } from 'vitest'
import { expectedSections, sectionsOf } from './panels.ts'

const outline = (sections: ReturnType<typeof sectionsOf>) =>
  sections.map(({ title, panels }) => [title, ...panels.map((panel) => panel.title)])

it('a PPO run shows its objective first, with its KL target and the limit of its guard', () => {
  const names = ['loss/policy_avg', 'objective/kl', 'objective/scores', 'guard/kl', 'episode', 'time/train']
  const sections = sectionsOf('PPO', names, { adaptiveKl: { target: 6 }, klGuard: { budget: 20 } })
  expect(outline(sections)).toEqual([
    ['Objective', 'Score', 'KL to the reference'],
    ['Learning', 'Losses'],
    ['Details', 'Seconds of a step'],
  ])
  expect(sections[0]!.panels[1]).toMatchObject({ target: 6, limits: [20], guard: 'guard/kl' })
  expect(sections[1]!.panels[0]!.series.map(({ metric }) => metric)).toEqual(['loss/policy_avg'])
  expect(sections[2]!.folded).toBe(true)
})

it('a relative of PPO shows what it has of the same charts, and its own', () => {
  const sections = sectionsOf('TRPO', ['objective/scores', 'trpo/kl', 'guard/length'], {
    delta: 0.001,
    lengthGuard: { factor: 2 },
  })
  expect(outline(sections)).toEqual([
    ['Objective', 'Score'],
    ['Guards', 'Length ratio'],
    ['Learning', 'KL of a step'],
  ])
  expect(sections[1]!.panels[0]!.limits).toEqual([2, 0.5])
  expect(sections[2]!.panels[0]!.target).toBe(0.001)
})

it('a metric nobody planned for has a chart of its own, a counter has none', () => {
  expect(outline(sectionsOf('SFT', ['loss', 'surprise', 'epoch']))).toEqual([
    ['Objective', 'Loss'],
    ['Other metrics', 'surprise'],
  ])
})

it('before the first step the objective is drawn empty, without what only held-out data would show', () => {
  expect(outline(expectedSections('DPO'))).toEqual([
    ['Objective', 'Loss', 'Accuracy', 'Implicit rewards', 'Margin', 'Learning rate', 'Speed'],
  ])
})
