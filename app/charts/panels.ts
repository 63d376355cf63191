import type { RunKind } from '../ui/badge.tsx'
import { learningPanels, lossPanels, preferencePanels, rewardPanels } from './learning-panels.ts'
import type { Panel, PanelSection, Settings } from './panel.ts'
import { samplerSections } from './sampler-panels.ts'

/** They say no more than the step does, or than the KL's own chart. */
const repeats = ['episode', 'epoch', 'guard/kl']

const samplers = ['PPO', 'REINFORCE', 'RLOO', 'GRPO', 'TRPO', 'RAFT']

function planned(kind: RunKind, settings: Settings): PanelSection[] {
  if (samplers.includes(kind)) return samplerSections(settings)
  const [first, details] =
    kind === 'REWARD' ? rewardPanels : kind === 'DPO' ? preferencePanels(settings) : lossPanels
  return [
    { title: 'Objective', panels: [...first, ...learningPanels] },
    { title: 'Details', panels: details, folded: true },
  ]
}

/** The charts of a run in sections, the most telling first; then one for every metric that none of them shows. */
export function sectionsOf(kind: RunKind, names: readonly string[], settings: Settings = {}): PanelSection[] {
  const known = new Set(names)
  const sections = planned(kind, settings).map((section) => ({
    ...section,
    panels: section.panels
      .map((panel) => ({ ...panel, series: panel.series.filter(({ metric }) => known.has(metric)) }))
      .filter(({ series }) => series.length > 0),
  }))
  const shown = new Set([
    ...repeats,
    ...sections.flatMap(({ panels }) => panels.flatMap(({ series }) => series.map(({ metric }) => metric))),
  ])
  const others = names
    .filter((name) => !shown.has(name))
    .map(
      (name): Panel => ({
        title: name,
        help: '',
        series: [{ metric: name, label: '', colour: 'ink-2' }],
      }),
    )
  return [...sections, { title: 'Other metrics', panels: others, folded: true }].filter(
    ({ panels }) => panels.length > 0,
  )
}

/** The first charts, drawn before anything was reported, so that nothing jumps when the first step comes. */
export function expectedSections(kind: RunKind, settings: Settings = {}): PanelSection[] {
  return planned(kind, settings)
    .slice(0, 1)
    .map((section) => ({
      ...section,
      panels: section.panels.filter(({ series }) => series.some(({ metric }) => !metric.startsWith('eval/'))),
    }))
}
