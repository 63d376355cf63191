import { pick, seededRandom } from '#lib/demo/random.ts'
import { chooseBatch } from '#lib/selection/choose-batch.ts'
import { chooseSet } from '#lib/selection/choose-set.ts'
import { kCenter } from '#lib/selection/coverage.ts'
import { textFeatures } from '#lib/selection/features.ts'
import { permutation } from '#trainer/rlhf/philox.ts'
import { chooseJointly, type PairCandidate } from './choose-jointly.ts'
import { drawBatch } from './draw-batch.ts'
import type { Asked, Task } from './task.ts'

/**
 * `random` draws prompts and pairs; `coverage`, `disagreement` and `information` are the product's; `joint` and `drawn` choose batches by
 * information in two other ways (choose-jointly.ts, draw-batch.ts).
 */
export const strategies = ['random', 'coverage', 'disagreement', 'information', 'joint', 'drawn'] as const
export type Strategy = (typeof strategies)[number]

export interface Choice {
  task: Task
  asked: readonly Asked[]
  /** [candidate][completion][head], log-odds. */
  scores: readonly Float32Array[][]
  count: number
  round: number
}

/** The next pairs to ask for, one at most of each prompt, and none of a prompt that was asked about. */
export function choose(strategy: Strategy, { task, asked, scores, count, round }: Choice): Asked[] {
  const before = new Set(asked.map(({ candidate }) => candidate))
  // The same order for all strategies, so that equals are taken as random takes them.
  const order = [...permutation(task.seed, round, task.pool.length, 'split')].filter((i) => !before.has(i))
  const drawn = (candidate: number): Asked => ({ candidate, pair: randomPair(task, candidate) })
  if (strategy === 'random') return order.slice(0, count).map(drawn)
  if (strategy === 'coverage') {
    const candidates = order.map(drawn)
    const chosen = kCenter(
      candidates.map((each) => featuresOf(task, each)),
      asked.map((each) => featuresOf(task, each)),
      count,
    )
    return chosen.map(({ index }) => candidates[index]!)
  }
  if (strategy === 'joint') {
    const pairs = order.flatMap((candidate) => allPairs(candidate, scores[candidate]!))
    return chooseJointly(pairs, count).map(({ index }) => ({
      candidate: pairs[index]!.owner,
      pair: pairs[index]!.pair,
    }))
  }
  const by = strategy === 'drawn' ? 'information' : strategy
  const candidates = order.map((candidate) => {
    const { chosen, value } = chooseSet(scores[candidate]!, 2, by)
    const own: Asked = { candidate, pair: chosen.toSorted((a, b) => a - b) as [number, number] }
    return { own, value, features: featuresOf(task, own) }
  })
  const indices =
    strategy === 'drawn'
      ? drawBatch(
          candidates.map(({ value }) => value),
          count,
          seededRandom('drawn', task.seed, round),
        )
      : chooseBatch(candidates, count)
  return indices.map((index) => candidates[index]!.own)
}

/** Every pair of a candidate's completions, with what each head makes of the first less the second. */
function allPairs(owner: number, scores: readonly Float32Array[]): (PairCandidate & Pick<Asked, 'pair'>)[] {
  return scores.flatMap((a, i) =>
    scores.slice(i + 1).map((b, k) => ({
      owner,
      pair: [i, i + 1 + k] as [number, number],
      differences: a.map((score, head) => score - b[head]!),
    })),
  )
}

function randomPair({ pool, seed }: Task, candidate: number): [number, number] {
  const { id, completions } = pool[candidate]!
  const random = seededRandom('pair', seed, id)
  const first = pick(random, [...completions.keys()])
  const second = pick(
    random,
    [...completions.keys()].filter((at) => at !== first),
  )
  return [Math.min(first, second), Math.max(first, second)]
}

function featuresOf({ pool }: Task, { candidate, pair }: Asked): Float32Array {
  const { prompt, completions } = pool[candidate]!
  return textFeatures([prompt, ...pair.map((at) => completions[at]!)].join('\n'))
}
