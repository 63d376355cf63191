/** A test, or all tests of a `describe`, that an engine is not held to. */
export interface Exclusion {
  /** The full name of either, without the engine's. */
  test: string
  reason: string
}

interface Expectation {
  /** Fewer tests that run than this are a fault of the runner. */
  atLeast: number
  exclusions: Exclusion[]
}

/**
 * What is expected of each engine. That a kernel is not registered needs no entry: the tests that ask for it are left
 * out by themselves, and listed.
 */
export const expectations: Record<string, Expectation> = {
  torch: { atLeast: 1, exclusions: [] },
  tensorflow: { atLeast: 1, exclusions: [] },
  cpu: { atLeast: 1, exclusions: [] },
}
