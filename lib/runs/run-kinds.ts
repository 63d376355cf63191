import type { RecipeKind } from '#trainer/config.ts'

/** The kinds people launch as runs; an evaluation is launched by its own use case. */
export const launchKinds = ['SFT', 'REWARD', 'PPO', 'GENERATE'] as const
export type LaunchKind = (typeof launchKinds)[number]

export const recipeOf = {
  SFT: 'sft',
  REWARD: 'reward',
  PPO: 'ppo',
  GENERATE: 'generate',
} as const satisfies Record<LaunchKind, RecipeKind>
