import { learningRate, speed } from './learning-panels.ts'
import type { Colour, Panel, PanelSection, PanelSeries, Settings } from './panel.ts'

const one = (metric: string, colour: Colour = 'policy'): PanelSeries[] => [{ metric, label: '', colour }]

/** The batch, and the held-out prompts. */
const withHeldOut = (metric: string, heldOut: string, colour: Colour): PanelSeries[] => [
  { metric, label: 'batch', colour },
  { metric: heldOut, label: 'held out', colour: 'ink-2' },
]

/** The number at `path` of the settings, such as 'klGuard.budget'. */
function number(settings: Settings, path: string): number | undefined {
  const value = path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Settings | undefined | null)?.[key], settings)
  return typeof value === 'number' ? value : undefined
}

const limit = (value: number | undefined) => (value === undefined ? {} : { limits: [value] })

/** The charts of PPO and its relatives: what they maximise, what watches them, how they learn, and the details. */
export function samplerSections(settings: Settings): PanelSection[] {
  return [
    { title: 'Objective', panels: objective(settings) },
    { title: 'Guards', panels: guards(settings) },
    { title: 'Learning', panels: learning(settings) },
    { title: 'Details', panels: details, folded: true },
  ]
}

function objective(settings: Settings): Panel[] {
  return [
    {
      title: 'Score',
      help: 'What the reward model gives, mean over the batch. It should rise.',
      series: [
        ...withHeldOut('objective/scores', 'eval/score', 'reward'),
        { metric: 'objective/best_scores', label: 'best', colour: 'policy' },
      ],
    },
    {
      title: 'KL to the reference',
      unit: 'nats',
      help: 'How far the policy has moved from its reference, summed over a completion.',
      series: withHeldOut('objective/kl', 'eval/kl', 'policy'),
      target: number(settings, 'adaptiveKl.target'),
      ...limit(number(settings, 'klGuard.budget')),
      guard: 'guard/kl',
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
  ]
}

function guards(settings: Settings): Panel[] {
  const factor = number(settings, 'lengthGuard.factor')
  return [
    {
      title: 'Length ratio',
      unit: 'times',
      help: 'How many times as long as those of the reference completions are.',
      series: one('guard/length'),
      limits: factor === undefined ? undefined : [factor, 1 / factor],
      guard: 'guard/length',
    },
    {
      title: 'Repetition rise',
      help: 'The share of 3-grams that are repeated, less that of the reference’s completions.',
      series: one('guard/repetition'),
      ...limit(number(settings, 'repetitionGuard.rise')),
      guard: 'guard/repetition',
    },
    {
      title: 'Disagreement',
      unit: 'times',
      help: 'How many times as far apart as on the reference’s completions the reward model’s heads are.',
      series: one('guard/disagreement', 'reward'),
      ...limit(number(settings, 'disagreementGuard.factor')),
      guard: 'guard/disagreement',
    },
    {
      title: 'Gold judge',
      help: 'A judge that the policy does not learn from, and the reward model on the same answers. Apart, the reward is being gamed.',
      series: [
        { metric: 'guard/gold', label: 'gold', colour: 'reference' },
        { metric: 'guard/gold_proxy', label: 'reward model', colour: 'reward' },
      ],
      guard: 'guard/gold',
    },
  ]
}

function learning(settings: Settings): Panel[] {
  return [
    {
      title: 'Losses',
      help: 'The policy loss stays near zero; the value loss should fall.',
      series: [
        { metric: 'loss/policy_avg', label: 'policy', colour: 'policy' },
        { metric: 'loss/value_avg', label: 'value', colour: 'ink-2' },
        { metric: 'loss/ptx_avg', label: 'ptx', colour: 'base' },
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
      target: number(settings, 'targetKl'),
    },
    {
      title: 'KL of a step',
      unit: 'nats',
      help: 'How far the step moved the policy; the trust region ends at the dashed line.',
      series: one('trpo/kl'),
      target: number(settings, 'delta'),
    },
    {
      title: 'Improvement of a step',
      help: 'What the step promises on the batch. Zero means that none was taken.',
      series: one('trpo/improvement'),
    },
    {
      title: 'Explained variance',
      help: 'How much of the returns the value model foresees; 1 is all.',
      series: one('val/var_explained', 'ink-2'),
    },
    {
      title: 'Reward after the KL penalty',
      help: 'Score minus β times KL: what is maximised.',
      series: one('objective/rlhf_reward', 'reward'),
    },
    {
      title: 'KL coefficient β',
      help: 'How strongly moving away is penalised; it follows the target when the KL is adaptive.',
      series: one('objective/kl_coef', 'reference'),
    },
    {
      title: 'Penalty coefficient',
      help: 'How strongly leaving the sampling policy is penalised; it doubles and halves with the KL of a batch.',
      series: one('policy/penalty_coef', 'reference'),
    },
    {
      title: 'Penalised KL of a batch',
      unit: 'nats',
      help: 'The mean of a token from the sampling policy; the coefficient steers it to the dashed line.',
      series: one('policy/penalty_kl'),
      target: number(settings, 'penalty.target'),
    },
    learningRate,
    speed,
  ]
}

const details: Panel[] = [
  {
    title: 'Finished',
    help: 'The share of completions that end before they are cut off.',
    series: withHeldOut('response/finished', 'eval/finished', 'policy'),
  },
  {
    title: 'Spread of the scores',
    help: 'Their standard deviation within a batch.',
    series: one('objective/scores_sd', 'reward'),
  },
  {
    title: 'Gradient norms',
    help: 'Lengths of gradients before they are clipped.',
    series: [
      { metric: 'policy/grad_norm', label: 'policy', colour: 'policy' },
      { metric: 'loss/value_grad_norm', label: 'value', colour: 'ink-2' },
    ],
  },
  {
    title: 'Ratio of probabilities',
    help: 'New over sampling policy: the mean of a batch should stay near 1.',
    series: [
      { metric: 'val/ratio', label: 'mean', colour: 'policy' },
      { metric: 'val/ratio_max', label: 'largest', colour: 'ink-2' },
    ],
  },
  {
    title: 'Variance of the ratio',
    help: 'Over the tokens of a batch; large where a few tokens move much.',
    series: one('val/ratio_var', 'ink-2'),
  },
  {
    title: 'Variance of the returns',
    help: 'What there is for the value model to foresee.',
    series: one('returns/var', 'reward'),
  },
  {
    title: 'Completions that end',
    help: 'How many of a batch have an EOS.',
    series: one('val/num_eos_tokens', 'ink-2'),
  },
  {
    title: 'Skipped minibatches',
    help: 'Their mean ratio was too large to learn from.',
    series: one('policy/skipped_minibatches', 'ink-2'),
  },
  {
    title: 'Passes of a batch',
    help: 'Optimiser steps taken before the target KL ended the batch.',
    series: one('policy/passes', 'ink-2'),
  },
  {
    title: 'Returns and values',
    help: 'The mean return of a token, and what the value model foresaw.',
    series: [
      { metric: 'returns/mean', label: 'return', colour: 'reward' },
      { metric: 'val/vpred', label: 'value', colour: 'ink-2' },
      { metric: 'val/baseline', label: 'baseline', colour: 'base' },
    ],
  },
  {
    title: 'Value error',
    help: 'The mean squared error of the values.',
    series: one('val/error', 'ink-2'),
  },
  {
    title: 'Entropy of a token',
    unit: 'nats',
    help: 'Its mean while the policy learned.',
    series: one('policy/entropy_avg'),
  },
  {
    title: 'KL penalty in the reward',
    help: '−β times the KL of a completion.',
    series: one('objective/non_score_reward', 'reference'),
  },
  {
    title: 'Line search',
    help: 'The share of the whole natural step that was taken; 0 is none.',
    series: one('trpo/line_search', 'ink-2'),
  },
  {
    title: 'Conjugate gradient',
    help: 'What is left of the gradient when the solver stops.',
    series: one('trpo/cg_residual', 'ink-2'),
  },
  {
    title: 'Seconds of a step',
    unit: 's',
    help: 'Where the time goes.',
    series: [
      { metric: 'time/rollout', label: 'sample', colour: 'policy' },
      { metric: 'time/score', label: 'score', colour: 'reward' },
      { metric: 'time/train', label: 'learn', colour: 'ink-2' },
    ],
  },
]
