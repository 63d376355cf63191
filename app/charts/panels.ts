export type Colour = 'policy' | 'reward' | 'reference' | 'base' | 'ink-2' | 'danger'

export interface PanelSeries {
  metric: string
  label: string
  colour: Colour
}

export interface Panel {
  title: string
  unit?: string
  /** What a reader should look for. */
  help: string
  series: PanelSeries[]
  /** Drawn as a dashed line. */
  target?: number
}

type RunKind = 'SFT' | 'REWARD' | 'PPO' | 'GENERATE' | 'EVALUATE'

const one = (metric: string, colour: Colour = 'policy'): PanelSeries[] => [{ metric, label: '', colour }]

/** The batch, and the held-out prompts answered before and after training. */
const withHeldOut = (metric: string, heldOut: string, colour: Colour): PanelSeries[] => [
  { metric, label: 'batch', colour },
  { metric: heldOut, label: 'held out', colour: 'ink-2' },
]

const learningRate: Panel = {
  title: 'Learning rate',
  help: 'The step size of Adam.',
  series: [{ metric: 'lr', label: '', colour: 'ink-2' }],
}
const speed: Panel = {
  title: 'Speed',
  unit: 'tokens/s',
  help: 'Tokens sampled or read in a second.',
  series: [{ metric: 'tokens_per_second', label: '', colour: 'ink-2' }],
}

function ppoPanels(target: number | undefined): Panel[] {
  return [
    {
      title: 'Score',
      help: 'What the reward model gives, mean over the batch. It should rise.',
      series: withHeldOut('objective/scores', 'eval/score', 'reward'),
    },
    {
      title: 'KL to the reference',
      unit: 'nats',
      help: 'How far the policy has moved from its reference, summed over a completion.',
      series: withHeldOut('objective/kl', 'eval/kl', 'policy'),
      target,
    },
    {
      title: 'Entropy',
      unit: 'nats',
      help: 'Summed over a completion. A fall to zero means that every prompt gets the same answer.',
      series: one('objective/entropy'),
    },
    {
      title: 'Length',
      unit: 'tokens',
      help: 'Tokens in a completion, mean over the batch.',
      series: withHeldOut('response/length', 'eval/length', 'policy'),
    },
    {
      title: 'Reward after the KL penalty',
      help: 'Score minus β times KL: what PPO maximises.',
      series: one('objective/rlhf_reward', 'reward'),
    },
    {
      title: 'KL coefficient β',
      help: 'How strongly moving away is penalised; it follows the target when the KL is adaptive.',
      series: one('objective/kl_coef', 'reference'),
    },
    {
      title: 'Losses',
      help: 'The policy loss stays near zero; the value loss should fall.',
      series: [
        { metric: 'loss/policy_avg', label: 'policy', colour: 'policy' },
        { metric: 'loss/value_avg', label: 'value', colour: 'ink-2' },
      ],
    },
    {
      title: 'Clip fraction',
      help: 'The share of tokens whose update was cut. Above .3 the steps are too large.',
      series: [
        { metric: 'policy/clipfrac_avg', label: 'policy', colour: 'policy' },
        { metric: 'val/clipfrac_avg', label: 'value', colour: 'ink-2' },
      ],
    },
    {
      title: 'Approximate KL of the update',
      unit: 'nats',
      help: 'How far one batch moved the policy.',
      series: one('policy/approxkl_avg'),
    },
    {
      title: 'Explained variance',
      help: 'How much of the returns the value model foresees; 1 is all.',
      series: one('val/var_explained', 'ink-2'),
    },
    learningRate,
    speed,
  ]
}

const lossPanels: Panel[] = [
  {
    title: 'Loss',
    unit: 'nats',
    help: 'Training loss, and the loss on held-out data.',
    series: [
      { metric: 'loss', label: 'training', colour: 'policy' },
      { metric: 'eval/loss', label: 'held out', colour: 'reference' },
    ],
  },
]

const rewardPanels: Panel[] = [
  {
    title: 'Accuracy',
    help: 'The share of pairs in which the preferred completion scores higher.',
    series: [
      { metric: 'accuracy', label: 'training', colour: 'reward' },
      { metric: 'eval/accuracy', label: 'held out', colour: 'reference' },
    ],
  },
  {
    title: 'Loss',
    help: '−log σ of the margin; ln 2 ≈ .69 is chance.',
    series: [
      { metric: 'loss', label: 'training', colour: 'reward' },
      { metric: 'eval/loss', label: 'held out', colour: 'reference' },
    ],
  },
]

/** The charts of a run, the most telling first; then one for every metric that none of them shows. */
export function panelsOf(
  kind: RunKind,
  names: readonly string[],
  settings: { klTarget?: number } = {},
): { main: Panel[]; others: Panel[] } {
  const planned =
    kind === 'PPO'
      ? ppoPanels(settings.klTarget)
      : [...(kind === 'REWARD' ? rewardPanels : lossPanels), learningRate, speed]
  const known = new Set(names)
  const main = planned
    .map((panel) => ({ ...panel, series: panel.series.filter(({ metric }) => known.has(metric)) }))
    .filter(({ series }) => series.length > 0)
  const shown = new Set(main.flatMap(({ series }) => series.map(({ metric }) => metric)))
  const others = names
    .filter((name) => !shown.has(name))
    .map((name) => ({ title: name, help: '', series: one(name, 'ink-2') }))
  return { main, others }
}

/** The panels drawn before anything was reported, so that nothing jumps when the first step comes. */
export function expectedPanels(kind: RunKind, settings: { klTarget?: number } = {}): Panel[] {
  const names = [...ppoPanels(undefined), ...rewardPanels, ...lossPanels, learningRate, speed].flatMap(
    ({ series }) => series.map(({ metric }) => metric),
  )
  return panelsOf(kind, names, settings).main
}
