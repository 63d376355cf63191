import type { SpecInput } from '#trainer/config.ts'

/** The sizes of the bundled workspace: small enough for two cores and a few minutes, large enough to learn from. */
export const sizes = {
  /** Examples of the support desk that the base policy is trained on. */
  deskExamples: 6000,
  /** Prompts that PPO learns from, beyond those that are also compared. */
  trainPrompts: 1200,
  heldOutPrompts: 400,
  /** Comparisons of four completions, ranked once. */
  trainComparisons: 600,
  heldOutComparisons: 150,
  /** Comparisons that three annotators rank each, so that their agreement can be seen. */
  sharedComparisons: 40,
  /** Comparisons left for a person. */
  openComparisons: 30,
  completionsPerPrompt: 4,
  annotators: 5,
  evaluationPrompts: 200,
} as const

/** No completion of the grammar is longer, in tokens. */
export const responseLength = 64

type WithoutFiles<K extends 'sft' | 'reward' | 'ppo' | 'generate'> = Omit<
  SpecInput<K>,
  'data' | 'model' | 'policy' | 'reward' | 'reference' | 'seed'
>

export const baseRecipe = {
  model: { init: { layers: 3, width: 128, heads: 4, vocabSize: 512, maxPositions: 128 } },
  epochs: 4,
  batchSize: 64,
  learningRate: 3e-3,
} satisfies WithoutFiles<'sft'> & Pick<SpecInput<'sft'>, 'model'>

export const generateRecipe = {
  completionsPerPrompt: sizes.completionsPerPrompt,
  responseLength,
  batchSize: 128,
} satisfies WithoutFiles<'generate'>

export const rewardRecipe = {
  epochs: 2,
  comparisonsPerBatch: 16,
  learningRate: 1e-3,
} satisfies WithoutFiles<'reward'>

export const ppoRecipe = {
  episodes: 3840,
  batchSize: 128,
  epochsPerBatch: 4,
  responseLength,
  learningRate: 1e-3,
  klCoefficient: 0.05,
} satisfies WithoutFiles<'ppo'>
