/** How large a study is. */
export interface Sizes {
  /** Examples of the support desk that the base policy learns. */
  desk: number
  /** Prompts to choose from, and held-out ones. */
  pool: number
  heldOut: number
  /** Samples of each prompt. */
  completions: number
  /** Heads of the reward model. */
  heads: number
  /** Labels after each round; the first are drawn at random for every strategy. */
  labels: number[]
}

/** The demo's base policy learns from as many examples, and its workspace has about as many prompts, with as many samples each. */
export const fullSizes: Sizes = {
  ...{ desk: 9000, pool: 2000, heldOut: 300, completions: 4, heads: 8 },
  labels: [80, 120, 180, 270, 405, 608, 912],
}

export const fastSizes: Sizes = {
  ...{ desk: 1500, pool: 300, heldOut: 100, completions: 4, heads: 8 },
  labels: [60, 90, 135],
}
