import type { LaunchKind } from '#lib/runs/run-kinds.ts'
import { Badge, RunKindBadge } from '../../../ui/badge.tsx'
import { Link } from '../../../ui/link.tsx'

export const kindWords: Record<LaunchKind, { title: string; lead: string }> = {
  PPO: {
    title: 'Fine-tune with PPO',
    lead: 'Lets a policy write, scores it with a reward model, and keeps it near its reference.',
  },
  REWARD: {
    title: 'Train a reward model',
    lead: 'Learns from a dataset of rankings which completion people prefer.',
  },
  SFT: {
    title: 'Fine-tune on written answers',
    lead: 'Teaches a new model, or one you have, to write the completions given. The loop starts here.',
  },
  GENERATE: {
    title: 'Generate completions',
    lead: 'Lets a version answer prompts, so that people can compare and rank what it writes.',
  },
  SCORE: {
    title: 'Score completions',
    lead: 'Lets a reward model score what was written, to choose what to label next and to find suspect rankings.',
  },
  REINFORCE: {
    title: 'Fine-tune with REINFORCE',
    lead: 'The plain policy gradient: one step on each batch, its scores compared with a baseline.',
  },
  RLOO: {
    title: 'Fine-tune with RLOO',
    lead: 'Compares each completion with the others of its prompt, so it needs no value model.',
  },
  GRPO: {
    title: 'Fine-tune with GRPO',
    lead: 'PPO’s clipped steps with scores relative to the group of a prompt in place of a value model.',
  },
  TRPO: {
    title: 'Fine-tune with TRPO',
    lead: 'Takes the largest step that stays within a trust region: PPO’s forerunner, slower and stricter.',
  },
  RAFT: {
    title: 'Fine-tune with RAFT',
    lead: 'Keeps the best completion of each prompt and learns to write like that.',
  },
  DPO: {
    title: 'Fine-tune with DPO',
    lead: 'Learns from a dataset of rankings directly, without a reward model and without sampling.',
  },
}

const steps = ['PPO', 'REWARD', 'SFT', 'GENERATE', 'SCORE'] as const
const relatives = ['GRPO', 'RLOO', 'REINFORCE', 'TRPO', 'RAFT', 'DPO'] as const

/** The kinds of runs a person launches: the steps of the loop, then what can stand in PPO's place. */
export function KindChoice() {
  return (
    <>
      <ul className="grid gap-3 sm:grid-cols-2">
        {steps.map((kind) => (
          <li key={kind} className="sm:last:odd:col-span-2">
            <Link
              href={`/runs/new?kind=${kind}`}
              className="flex h-full flex-col items-start gap-2 rounded-md! border border-line bg-surface p-4 no-underline! hover:bg-hover"
            >
              <span className="flex items-center gap-2">
                <RunKindBadge kind={kind} />
                {kind === 'PPO' && <Badge>Recommended</Badge>}
              </span>
              <span className="text-16 font-semibold">{kindWords[kind].title}</span>
              <span className="text-14 text-ink-2">{kindWords[kind].lead}</span>
            </Link>
          </li>
        ))}
      </ul>
      <h2 className="mt-8 text-16 font-semibold">Relatives of PPO</h2>
      <p className="mt-1 mb-3 text-ink-2">Other ways to the same end, to compare with.</p>
      <ul className="divide-y divide-line rounded-md border border-line bg-surface">
        {relatives.map((kind) => (
          <li key={kind}>
            <Link
              href={`/runs/new?kind=${kind}`}
              className="flex items-baseline gap-4 px-4 py-2.5 no-underline! hover:bg-hover max-sm:flex-col max-sm:gap-1"
            >
              <span className="w-28 shrink-0">
                <RunKindBadge kind={kind} />
              </span>
              <span className="text-14 text-ink-2">{kindWords[kind].lead}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  )
}
