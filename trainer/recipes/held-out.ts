import type { Checkpoint } from '#trainer/io/checkpoint.ts'
import type { Model } from '#trainer/io/model-folder.ts'
import { klPerToken } from '#trainer/rlhf/kl.ts'
import { sumRows } from '#trainer/rlhf/masks.ts'
import { moments } from '#trainer/rlhf/whiten.ts'
import { type Query, respond, type SamplingSpec, type ScoringSpec, scoreResponses } from './rollouts.ts'
import { inParts, measureLogProbs } from './sequences.ts'

/**
 * Held-out prompts answered by the policy as it is, with the same random numbers every time: the mean score, the KL to the
 * reference (k1, summed over a response, in nats), the mean length in tokens and the share that ends.
 */
export function evaluate(
  spec: SamplingSpec & ScoringSpec & { batchSize: number },
  { policy, reference, reward }: { policy: Model; reference: Model; reward: Model },
  heldOut: readonly Query[],
  lastGood: Checkpoint | null,
  step: number,
): Record<string, number> {
  // Step 0 keys the sampler of every evaluation; training begins with step 1.
  const parts = inParts(heldOut, spec.batchSize)
  const scores: number[] = []
  const kls: number[] = []
  const lengths: number[] = []
  let ended = 0
  for (const [index, part] of parts.entries()) {
    const { sequences, finished, starts } = respond(spec, policy, part, {
      key: 0,
      firstRow: index * spec.batchSize,
      step,
      lastGood,
    })
    const options = { temperature: spec.temperature, size: spec.microBatchSize }
    const own = measureLogProbs(policy, sequences, options).logProbs
    const others = measureLogProbs(reference, sequences, options).logProbs
    scores.push(...scoreResponses(spec, reward, sequences, finished))
    kls.push(...sumRows(klPerToken(own, others, 'k1'), starts))
    lengths.push(...sequences.map(({ response }) => response.length))
    ended += finished.filter(Boolean).length
  }
  return {
    'eval/score': moments(scores).mean,
    'eval/kl': moments(kls).mean,
    'eval/length': moments(lengths).mean,
    'eval/finished': ended / heldOut.length,
  }
}

/** Held-out measures before and after training under the names of a run's summary: scoreBefore, scoreAfter, klBefore, … */
export function heldOutSummary(
  before: Record<string, number> | null,
  after: Record<string, number> | null,
): Record<string, number> {
  const summary: Record<string, number> = {}
  for (const [suffix, measures] of [['Before', before] as const, ['After', after] as const]) {
    if (!measures) continue
    summary[`score${suffix}`] = measures['eval/score']!
    summary[`kl${suffix}`] = measures['eval/kl']!
    summary[`length${suffix}`] = measures['eval/length']!
    summary[`finished${suffix}`] = measures['eval/finished']!
  }
  return summary
}
