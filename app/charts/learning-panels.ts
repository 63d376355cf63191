import type { Panel, Settings } from './panel.ts'

/** The charts of runs that learn from data: fine-tuning, reward models, DPO. Of each, those always seen and the details. */

export const learningRate: Panel = {
  title: 'Learning rate',
  help: 'The step size of Adam.',
  series: [{ metric: 'lr', label: '', colour: 'ink-2' }],
}
export const speed: Panel = {
  title: 'Speed',
  unit: 'tokens/s',
  help: 'Tokens sampled or read in a second.',
  series: [{ metric: 'tokens_per_second', label: '', colour: 'ink-2' }],
}
export const learningPanels: Panel[] = [learningRate, speed]

const gradient: Panel = {
  title: 'Gradient norm',
  help: 'The length of the gradient before it is clipped. A leap comes before a divergence.',
  series: [{ metric: 'grad_norm', label: '', colour: 'ink-2' }],
}

export const lossPanels: [Panel[], Panel[]] = [
  [
    {
      title: 'Loss',
      unit: 'nats',
      help: 'Training loss, and the loss on held-out data.',
      series: [
        { metric: 'loss', label: 'train', colour: 'policy' },
        { metric: 'eval/loss', label: 'held out', colour: 'reference' },
      ],
    },
    {
      title: 'Perplexity',
      help: 'e to the held-out loss: among how many tokens the model wavers.',
      series: [{ metric: 'eval/perplexity', label: 'held out', colour: 'reference' }],
    },
  ],
  [gradient],
]

export const rewardPanels: [Panel[], Panel[]] = [
  [
    {
      title: 'Accuracy',
      help: 'The share of pairs in which the preferred completion scores higher.',
      series: [
        { metric: 'accuracy', label: 'train', colour: 'reward' },
        { metric: 'eval/accuracy', label: 'held out', colour: 'reference' },
      ],
    },
    {
      title: 'Loss',
      help: '−log σ of the margin; ln 2 ≈ .69 is chance.',
      series: [
        { metric: 'loss', label: 'train', colour: 'reward' },
        { metric: 'eval/log_loss', label: 'held out', colour: 'reference' },
      ],
    },
    {
      title: 'Calibration error',
      help: 'How far the probabilities of held-out pairs are from how often they come true; 0 is best.',
      series: [{ metric: 'eval/calibration_error', label: 'held out', colour: 'reference' }],
    },
  ],
  [
    {
      title: 'Held-out accuracy, 95 % interval',
      help: 'Between these the accuracy on other held-out comparisons would be.',
      series: [
        { metric: 'eval/accuracy_low', label: 'low', colour: 'reference' },
        { metric: 'eval/accuracy_high', label: 'high', colour: 'base' },
      ],
    },
    {
      title: 'Best of a comparison',
      help: 'The share of held-out comparisons whose highest score is one that nobody rejected.',
      series: [{ metric: 'eval/comparison_accuracy', label: 'held out', colour: 'reference' }],
    },
    {
      title: 'Margin',
      help: 'How much higher the preferred completion scores, mean over pairs.',
      series: [{ metric: 'margin', label: '', colour: 'reward' }],
    },
    gradient,
  ],
]

export function preferencePanels({ beta }: Settings): [Panel[], Panel[]] {
  const times = typeof beta === 'number' ? `${beta} times ` : ''
  return [
    [
      {
        title: 'Loss',
        help: 'The loss of the preferences; ln 2 ≈ .69 is where DPO begins.',
        series: [
          { metric: 'loss', label: 'train', colour: 'policy' },
          { metric: 'eval/loss', label: 'held out', colour: 'reference' },
        ],
      },
      {
        title: 'Accuracy',
        help: 'The share of pairs in which the policy has made the preferred completion likelier than the other.',
        series: [
          { metric: 'rewards/accuracies', label: 'train', colour: 'policy' },
          { metric: 'eval/rewards/accuracies', label: 'held out', colour: 'reference' },
        ],
      },
      {
        title: 'Implicit rewards',
        unit: 'nats',
        help: `${times}log-probability over that of the reference. Both falling means that the policy leaves the data.`,
        series: [
          { metric: 'rewards/chosen', label: 'chosen', colour: 'policy' },
          { metric: 'rewards/rejected', label: 'rejected', colour: 'ink-2' },
        ],
      },
      {
        title: 'Margin',
        unit: 'nats',
        help: 'How far the implicit rewards are apart.',
        series: [
          { metric: 'rewards/margins', label: 'train', colour: 'policy' },
          { metric: 'eval/rewards/margins', label: 'held out', colour: 'reference' },
        ],
      },
      {
        title: 'Score',
        help: 'What the reward model gives to the answers to held-out prompts.',
        series: [{ metric: 'eval/score', label: 'held out', colour: 'reward' }],
      },
      {
        title: 'KL to the reference',
        unit: 'nats',
        help: 'Of the answers to held-out prompts, summed over a completion.',
        series: [{ metric: 'eval/kl', label: 'held out', colour: 'policy' }],
      },
    ],
    [
      {
        title: 'Log-probabilities',
        unit: 'nats',
        help: 'Of whole completions under the policy.',
        series: [
          { metric: 'logps/chosen', label: 'chosen', colour: 'policy' },
          { metric: 'logps/rejected', label: 'rejected', colour: 'ink-2' },
        ],
      },
      {
        title: 'Held-out implicit rewards',
        unit: 'nats',
        help: 'The same of held-out comparisons.',
        series: [
          { metric: 'eval/rewards/chosen', label: 'chosen', colour: 'policy' },
          { metric: 'eval/rewards/rejected', label: 'rejected', colour: 'ink-2' },
        ],
      },
      {
        title: 'Held-out log-probabilities',
        unit: 'nats',
        help: 'Of whole held-out completions under the policy.',
        series: [
          { metric: 'eval/logps/chosen', label: 'chosen', colour: 'policy' },
          { metric: 'eval/logps/rejected', label: 'rejected', colour: 'ink-2' },
        ],
      },
      {
        title: 'Length',
        unit: 'tokens',
        help: 'Of the answers to held-out prompts.',
        series: [{ metric: 'eval/length', label: 'held out', colour: 'policy' }],
      },
      {
        title: 'Finished',
        help: 'The share of answers to held-out prompts that end.',
        series: [{ metric: 'eval/finished', label: 'held out', colour: 'policy' }],
      },
      gradient,
    ],
  ]
}
