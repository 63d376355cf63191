import { Ban, Check, CircleDashed, CirclePause, LoaderCircle, OctagonAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './cx.ts'

export type Tone = 'neutral' | 'policy' | 'reward' | 'reference' | 'base' | 'danger'

const tones: Record<Tone, string> = {
  neutral: 'bg-hover text-ink-2',
  policy: 'bg-policy/10 text-policy',
  reward: 'bg-reward/10 text-reward',
  reference: 'bg-reference/10 text-reference',
  base: 'bg-base/10 text-base',
  danger: 'bg-danger/10 text-danger',
}

/** A short word about a thing. The colours policy, reward, reference and base mean only those. */
export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={cx(
        'inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-sm px-1.5 text-13 font-medium [&_svg]:size-3!',
        tones[tone],
      )}
    >
      {children}
    </span>
  )
}

const statuses = {
  QUEUED: { word: 'Queued', icon: CircleDashed, tone: 'neutral' },
  RUNNING: { word: 'Running', icon: LoaderCircle, tone: 'neutral' },
  STOPPING: { word: 'Stopping', icon: CirclePause, tone: 'neutral' },
  STOPPED: { word: 'Stopped', icon: Ban, tone: 'neutral' },
  SUCCEEDED: { word: 'Succeeded', icon: Check, tone: 'neutral' },
  FAILED: { word: 'Failed', icon: OctagonAlert, tone: 'danger' },
} as const

export type RunStatus = keyof typeof statuses

export function StatusBadge({ status }: { status: RunStatus }) {
  const { word, icon: Icon, tone } = statuses[status]
  return (
    <Badge tone={tone}>
      <Icon aria-hidden className={status === 'RUNNING' ? 'animate-spin' : ''} />
      {word}
    </Badge>
  )
}

const runKinds = {
  SFT: { word: 'Fine-tuning', tone: 'base' },
  REWARD: { word: 'Reward model', tone: 'reward' },
  PPO: { word: 'PPO', tone: 'policy' },
  REINFORCE: { word: 'REINFORCE', tone: 'policy' },
  RLOO: { word: 'RLOO', tone: 'policy' },
  GRPO: { word: 'GRPO', tone: 'policy' },
  TRPO: { word: 'TRPO', tone: 'policy' },
  RAFT: { word: 'RAFT', tone: 'policy' },
  DPO: { word: 'DPO', tone: 'policy' },
  SCORE: { word: 'Scores', tone: 'reward' },
  GENERATE: { word: 'Generation', tone: 'neutral' },
  EVALUATE: { word: 'Evaluation', tone: 'neutral' },
} as const

export type RunKind = keyof typeof runKinds

export function runKindWord(kind: RunKind): string {
  return runKinds[kind].word
}

export function RunKindBadge({ kind }: { kind: RunKind }) {
  return <Badge tone={runKinds[kind].tone}>{runKinds[kind].word}</Badge>
}
