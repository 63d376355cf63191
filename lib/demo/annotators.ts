import { gumbel, pick, seededRandom } from './random.ts'
import { rubricScore } from './rubric.ts'

export interface Annotator {
  name: string
  email: string
  seed: number
  /** Standard noise in points of the rubric: P(a before b) = σ((score a − score b) / temperature). */
  temperature: number
}

export interface SimulatedRanking {
  /** Indices of the completions, best first; those in one group tie. */
  groups: number[][]
  allBad: boolean
  /** 1 (negligibly better) … 4 (significantly better), for two completions that do not tie. */
  strength: number | null
  /** What a person would need to read the texts and decide. */
  milliseconds: number
}

/** Completions whose rubric scores differ by less than this may tie. */
export const tieWidth = 0.6
/** A set whose best completion scores below this is called unacceptable. */
export const acceptable = 2

const people = [
  { name: 'Ada', temperature: 0.7 },
  { name: 'Bruno', temperature: 0.8 },
  { name: 'Chidi', temperature: 0.9 },
  { name: 'Dana', temperature: 1 },
  { name: 'Elif', temperature: 1.6 },
  { name: 'Farid', temperature: 0.8 },
  { name: 'Gwen', temperature: 0.9 },
  { name: 'Hana', temperature: 1 },
] as const

/** `count` ≤ 8 simulated annotators with their own noise. */
export function simulatedAnnotators(seed: number, count: number): Annotator[] {
  if (count < 1 || count > people.length)
    throw new RangeError(`${count} annotators: 1 … ${people.length} are possible`)
  return people.slice(0, count).map(({ name, temperature }, i) => ({
    name,
    email: `${name.toLowerCase()}@whetstone.local`,
    seed: seed * 100 + i,
    temperature,
  }))
}

/**
 * One annotator's ranking of the completions of a prompt, the same whenever it is asked again. The order is a
 * Plackett–Luce draw: the arg sort of score / temperature + Gumbel noise (Yellott 1977), so that each pair
 * follows Bradley–Terry. Neighbours whose true scores are nearer than `tieWidth` to the group's first tie.
 */
export function rank(annotator: Annotator, prompt: string, completions: readonly string[]): SimulatedRanking {
  if (completions.length < 2)
    throw new RangeError(`rank: ${completions.length} completions, at least 2 are needed`)
  const random = seededRandom('rank', annotator.seed, prompt, ...completions)
  const scores = completions.map((completion) => rubricScore(prompt, completion).score)
  const felt = scores.map((score) => score / annotator.temperature + gumbel(random))
  const order = felt.map((_, i) => i).sort((a, b) => felt[b]! - felt[a]!)
  const groups: number[][] = []
  for (const index of order) {
    const group = groups.at(-1)
    if (group && Math.abs(scores[group[0]!]! - scores[index]!) < tieWidth) group.push(index)
    else groups.push([index])
  }
  const words = [prompt, ...completions].join(' ').split(/\s+/).length
  return {
    groups,
    allBad: Math.max(...scores) < acceptable,
    strength:
      completions.length === 2 && groups.length === 2
        ? strengthOf(scores[order[0]!]! - scores[order[1]!]!)
        : null,
    milliseconds: Math.round(words * 220 * (0.6 + 0.8 * random()) + pick(random, [900, 1500, 3000])),
  }
}

function strengthOf(difference: number): number {
  const size = Math.abs(difference)
  return size < 1 ? 1 : size < 2.5 ? 2 : size < 5 ? 3 : 4
}

export interface JudgedPair {
  prompt: string
  chosen: string
  rejected: string
  temperature: number
}

/**
 * The accuracy, 0 … 1, that a model which knows the rubric exactly can expect on these decided pairs: the
 * mean of max(p, 1 − p), p = σ(Δscore / temperature) being the probability that the annotator prefers the
 * first. Pairs are decided ones only, since a tie has no right answer; ties depend on the true scores alone
 * for all pairs further apart than `tieWidth`, so dropping them does not bend p there.
 */
export function ceiling(pairs: readonly JudgedPair[]): number {
  if (pairs.length === 0) throw new RangeError('ceiling: there are no pairs')
  const sum = pairs.reduce((total, { prompt, chosen, rejected, temperature }) => {
    const gap = Math.abs(rubricScore(prompt, chosen).score - rubricScore(prompt, rejected).score)
    return total + 1 / (1 + Math.exp(-gap / temperature))
  }, 0)
  return sum / pairs.length
}
