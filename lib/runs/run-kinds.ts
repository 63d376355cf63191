import type { RecipeKind } from '#trainer/config.ts'

/** Sample from a policy, score the samples by a reward model, and learn from that: PPO and its relatives. */
export const samplerKinds = ['PPO', 'REINFORCE', 'RLOO', 'GRPO', 'TRPO', 'RAFT'] as const
export type SamplerKind = (typeof samplerKinds)[number]

export function isSampler(kind: string): kind is SamplerKind {
  return (samplerKinds as readonly string[]).includes(kind)
}

/** The kinds people launch as runs; an evaluation is launched by its own use case. */
export const launchKinds = ['SFT', 'REWARD', ...samplerKinds, 'DPO', 'GENERATE', 'SCORE'] as const
export type LaunchKind = (typeof launchKinds)[number]

export const recipeOf = {
  SFT: 'sft',
  REWARD: 'reward',
  PPO: 'ppo',
  REINFORCE: 'reinforce',
  RLOO: 'rloo',
  GRPO: 'grpo',
  TRPO: 'trpo',
  RAFT: 'raft',
  DPO: 'dpo',
  GENERATE: 'generate',
  SCORE: 'score',
} as const satisfies Record<LaunchKind, RecipeKind>
