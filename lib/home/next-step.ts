import type { RunKind } from '#prisma/client/enums.ts'
import { isSampler } from '../runs/run-kinds.ts'

export type NodeId = 'prompts' | 'rankings' | 'reward' | 'policy' | 'compare'

export interface NextStep {
  node: NodeId
  title: string
  reason: string
  href: string
}

interface Version {
  id: string
  name: string
  version: number
}

/** What the next step depends on. */
export interface LoopFacts {
  prompts: number
  /** Prompts with at least two completions. */
  comparablePrompts: number
  comparisons: number
  rankings: number
  /** Sum of the overlaps of all comparisons. */
  rankingsWanted: number
  newestRankingAt: Date | null
  newestComparisonAt: Date | null
  dataset: { id: string; createdAt: Date; hasRewardModel: boolean } | null
  reward: (Version & { hasPolicy: boolean }) | null
  /** The newest policy; `evaluated` and `parentId` matter when it came from PPO. */
  policy:
    | (Version & {
        learnedPreferences: boolean
        parentId: string | null
        evaluated: boolean
        createdAt: Date
      })
    | null
  /** Of completions by the newest policy. */
  newestCompletionAt: Date | null
  active: ReadonlySet<RunKind>
}

/** The one thing that moves the loop on; null while a run is doing it. */
export function nextStep(facts: LoopFacts): NextStep | null {
  const { policy, dataset, reward, active } = facts
  if (facts.prompts === 0) {
    return step(
      'prompts',
      'Import prompts',
      'Everything starts from prompts: what the model is asked.',
      '/prompts',
    )
  }
  if (!policy) {
    if (active.has('SFT')) return null
    return step(
      'policy',
      'Train a base policy',
      'There is no policy yet: fine-tune one on imported completions, or import a model.',
      '/runs/new?kind=SFT',
    )
  }
  const left = facts.rankingsWanted - facts.rankings
  const frozen = dataset !== null && (!facts.newestRankingAt || dataset.createdAt >= facts.newestRankingAt)
  if (facts.comparisons === 0) return moreToRank(facts, policy)
  if (left > 0 && !frozen) {
    return step('rankings', 'Rank', `${left} ranking${left === 1 ? ' is' : 's are'} still wanted.`, '/rank')
  }
  if (facts.rankings > 0 && !frozen) {
    return step('rankings', 'Make a dataset', 'There are rankings that no dataset holds yet.', '/datasets')
  }
  if (dataset && !dataset.hasRewardModel) {
    if (active.has('REWARD')) return null
    const href = `/runs/new?kind=REWARD&datasetId=${dataset.id}`
    return step(
      'reward',
      'Train a reward model',
      'No reward model has learned from the newest dataset.',
      href,
    )
  }
  if (reward && !reward.hasPolicy) {
    if ([...active].some(isSampler)) return null
    const href = `/runs/new?kind=PPO&rewardId=${reward.id}&policyId=${policy.id}`
    return step('policy', 'Train with PPO', `No policy was trained against ${title(reward)}.`, href)
  }
  if (policy.learnedPreferences && policy.parentId && !policy.evaluated) {
    if (active.has('EVALUATE')) return null
    const href = `/compare?a=${policy.parentId}&b=${policy.id}`
    return step(
      'compare',
      'Compare',
      `${title(policy)} has not been compared with the version before it.`,
      href,
    )
  }
  return moreToRank(facts, policy)
}

function moreToRank(facts: LoopFacts, policy: NonNullable<LoopFacts['policy']>): NextStep | null {
  const { newestCompletionAt, newestComparisonAt } = facts
  const sampled = newestCompletionAt !== null || (facts.comparisons === 0 && facts.comparablePrompts > 0)
  if (!sampled) {
    if (facts.active.has('GENERATE')) return null
    const href = `/runs/new?kind=GENERATE&policyId=${policy.id}`
    const reason = `${title(policy)} has not answered the prompts yet: its answers are the next to be ranked.`
    return step('prompts', 'Generate completions', reason, href)
  }
  if (!newestComparisonAt || (newestCompletionAt && newestComparisonAt < newestCompletionAt)) {
    return step(
      'rankings',
      'Make comparisons',
      'There are completions that nobody was asked to rank.',
      '/comparisons',
    )
  }
  return null
}

const title = ({ name, version }: Version) => `${name} v${version}`

function step(node: NodeId, title: string, reason: string, href: string): NextStep {
  return { node, title, reason, href }
}
