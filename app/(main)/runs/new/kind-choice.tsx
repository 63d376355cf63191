import type { RunKind } from '../../../ui/badge.tsx'
import { RunKindBadge } from '../../../ui/badge.tsx'
import { Link } from '../../../ui/link.tsx'

/** What people launch; evaluations start from Compare. */
export type LaunchKind = Exclude<RunKind, 'EVALUATE'>

export const kindWords: Record<LaunchKind, { title: string; lead: string }> = {
  SFT: {
    title: 'Fine-tune on written answers',
    lead: 'Teaches a new model, or one you have, to write the completions given. The loop starts here.',
  },
  REWARD: {
    title: 'Train a reward model',
    lead: 'Learns from a dataset of rankings which completion people prefer.',
  },
  PPO: {
    title: 'Fine-tune with PPO',
    lead: 'Lets a policy write, scores it with a reward model, and keeps it near its reference.',
  },
  GENERATE: {
    title: 'Generate completions',
    lead: 'Lets a version answer prompts, so that people can compare and rank what it writes.',
  },
}

/** The kinds of runs a person launches. */
export function KindChoice() {
  return (
    <ul className="grid gap-3 sm:grid-cols-2">
      {(Object.keys(kindWords) as LaunchKind[]).map((kind) => (
        <li key={kind}>
          <Link
            href={`/runs/new?kind=${kind}`}
            className="flex h-full flex-col items-start gap-2 rounded-md! border border-line bg-surface p-4 no-underline! hover:bg-hover"
          >
            <RunKindBadge kind={kind} />
            <span className="text-16 font-semibold">{kindWords[kind].title}</span>
            <span className="text-14 text-ink-2">{kindWords[kind].lead}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
