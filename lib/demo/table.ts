import type { Phase } from './state.ts'

/** `.whetstone/demo/summary.json`: what the demo measured. */
export interface Summary {
  seed: number
  engine: string
  rewardModel: { heldOutAccuracy: number; ceiling: number }
  policy: { winRate: number; winRateLow: number; winRateHigh: number; klNats: number; lengthRatio: number }
  seconds: Record<Phase, number>
}

export interface Compared {
  rewardModelWinRate: { winRate: number; low: number; high: number } | null
  /** Rubric points, 0 … 10, and normalised reward; of base and of PPO's policy. */
  reward: [number | null, number | null]
  length: [number, number]
}

/** The result as a table for the terminal, about 80 columns wide. */
export function resultTable(summary: Summary, compared: Compared): string {
  const { policy, rewardModel, seconds } = summary
  const total = Object.values(seconds).reduce((sum, each) => sum + each, 0)
  const interval = (low: number, high: number) => `${percent(low)} … ${percent(high)}`
  const judged = compared.rewardModelWinRate
  const rows: [string, string, string][] = [
    ['', 'Base', 'PPO, round 1'],
    ['Wins by the planted rubric', percent(1 - policy.winRate), percent(policy.winRate)],
    ['  95 % interval', '', interval(policy.winRateLow, policy.winRateHigh)],
    ...(judged
      ? ([
          ['Wins by the reward model', percent(1 - judged.winRate), percent(judged.winRate)],
          ['  95 % interval', '', interval(judged.low, judged.high)],
        ] satisfies [string, string, string][])
      : []),
    ['Mean reward', number(compared.reward[0]), number(compared.reward[1])],
    ['KL to the base, nats', '0', number(policy.klNats)],
    ['Mean length, tokens', number(compared.length[0]), number(compared.length[1])],
  ]
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => [...(row[column] as string)].length)),
  )
  const line = (row: [string, string, string]) =>
    `  ${row[0].padEnd(widths[0] as number)}   ${row[1].padStart(widths[1] as number)}   ${row[2].padStart(widths[2] as number)}`
  const share = rewardModel.heldOutAccuracy / rewardModel.ceiling
  return [
    ...rows.map(line),
    '',
    `  The reward model is right on ${percent(rewardModel.heldOutAccuracy)} of held-out pairs; the annotators' noise allows`,
    `  ${percent(rewardModel.ceiling)}, so it reaches ${percent(share)} of what is possible.`,
    `  ${time(total)} in all: ${Object.entries(seconds)
      .map(([phase, each]) => `${phase} ${time(each)}`)
      .join(', ')}. Engine: ${summary.engine}.`,
  ].join('\n')
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const number = (value: number | null) => (value === null ? '–' : value.toFixed(2))

function time(seconds: number): string {
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}
