import type { SpecInput } from '#trainer/config.ts'

/** The sizes of the bundled workspace: small enough for two cores and a few minutes, large enough to learn from. */
export const sizes = {
  /** Examples of the support desk that the base policy is trained on. */
  deskExamples: 9000,
  /** Prompts that PPO learns from, beyond those that are also compared. */
  trainPrompts: 1200,
  heldOutPrompts: 400,
  /** Comparisons of four completions, ranked once. */
  trainComparisons: 1000,
  heldOutComparisons: 300,
  /** Comparisons that three annotators rank each, so that their agreement can be seen. */
  sharedComparisons: 40,
  /** Of the comparisons ranked once, those whose right answer is known. */
  goldComparisons: 20,
  /** Shares of what each annotator gets that are gold and repeated. */
  goldRate: 0.05,
  repeatRate: 0.05,
  /** Comparisons left for a person. */
  openComparisons: 30,
  completionsPerPrompt: 4,
  annotators: 5,
} as const

/** No completion of the grammar is longer, in tokens. */
export const responseLength = 64

type WithoutFiles<K extends 'sft' | 'reward' | 'ppo' | 'generate'> = Omit<
  SpecInput<K>,
  'data' | 'model' | 'policy' | 'reward' | 'reference' | 'seed'
>

export const baseRecipe = {
  model: { init: { layers: 2, width: 128, heads: 4, vocabSize: 1024, maxPositions: 128 } },
  epochs: 4,
  batchSize: 32,
  learningRate: 3e-3,
} satisfies WithoutFiles<'sft'> & Pick<SpecInput<'sft'>, 'model'>

export const generateRecipe = {
  completionsPerPrompt: sizes.completionsPerPrompt,
  responseLength,
  batchSize: 128,
} satisfies WithoutFiles<'generate'>

export const rewardRecipe = {
  epochs: 3,
  comparisonsPerBatch: 16,
  learningRate: 1e-3,
} satisfies WithoutFiles<'reward'>

export const ppoRecipe = {
  episodes: 2560,
  batchSize: 64,
  epochsPerBatch: 4,
  responseLength,
  learningRate: 5e-4,
  klCoefficient: 0.1,
} satisfies WithoutFiles<'ppo'>

/** Settings of the evaluation; see lib/evaluations/config.ts. */
export const evaluationRecipe = { prompts: 300, responseLength, temperature: 1 } as const
