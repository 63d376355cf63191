import { dawidSkene } from '../ratings/dawid-skene.ts'
import { annotatorWeights, type Reliability, reliabilities } from '../ratings/reliability.ts'
import { type Judgement, pairOpinions } from './judgements.ts'

export interface AnnotatorEstimate {
  /**
   * How often the annotator prefers what the crowd's latent order says; null without a pair in common with
   * another.
   */
  reliability: Reliability | null
  /** What the annotator's votes weigh in a dataset with annotators' weights, 1 being the mean of annotators. */
  weight: number
  /**
   * Where the crowd sees a winner: how often the annotator sees it too, ties, or sees the other. Dawid–Skene
   * of three verdicts.
   */
  verdicts: { same: number; tie: number; other: number } | null
}

type Said = Pick<Judgement, 'annotatorId' | 'comparisonId' | 'groups'>

/** What the overlapping rankings tell of each annotator, by id. */
export function annotatorModel(judgements: readonly Said[]): Map<string, AnnotatorEstimate> {
  const ids = [...new Set(judgements.map(({ annotatorId }) => annotatorId))].sort()
  const place = new Map(ids.map((id, index) => [id, index]))
  const pairs = sharedPairs(judgements)
  const votes = pairs.flatMap(({ cluster, said }, item) =>
    said.flatMap(({ annotatorId, side }) =>
      side === 1 ? [] : { item, cluster, annotator: place.get(annotatorId)!, first: side === 2 },
    ),
  )
  const found = reliabilities(votes, ids.length)
  const weights = annotatorWeights(found)
  // Each pair also the other way round, so that neither side is favoured. Pairs of which the same people say the same count as one.
  const patterns = new Map<string, { said: { annotator: number; label: number }[]; times: number }>()
  for (const { said } of pairs) {
    for (const turned of [false, true]) {
      const labels = said
        .map(({ annotatorId, side }) => ({
          annotator: place.get(annotatorId)!,
          label: turned ? 2 - side : side,
        }))
        .sort((a, b) => a.annotator - b.annotator)
      const key = labels.map(({ annotator, label }) => 3 * annotator + label).join()
      const pattern = patterns.get(key)
      if (pattern) pattern.times += 1
      else patterns.set(key, { said: labels, times: 1 })
    }
  }
  const labels = [...patterns.values()].flatMap(({ said }, item) => said.map((label) => ({ item, ...label })))
  const { confusion } = dawidSkene(
    labels,
    { items: patterns.size, annotators: ids.length, classes: 3 },
    {
      smoothing: 0.5,
      tolerance: 1e-4,
      limit: 200,
      times: Float64Array.from(patterns.values(), ({ times }) => times),
    },
  )
  const seen = new Set(labels.map(({ annotator }) => annotator))
  return new Map(
    ids.map((id, k) => {
      const [other, tie, same] = confusion[k]![2] as [number, number, number]
      const verdicts = seen.has(k) ? { same, tie, other } : null
      return [id, { reliability: found[k]!, weight: weights[k]!, verdicts }]
    }),
  )
}

/** Every two completions that at least two annotators ranked, and the number of their comparison. */
function sharedPairs(judgements: readonly Said[]) {
  return [...Map.groupBy(judgements, ({ comparisonId }) => comparisonId).values()].flatMap(
    (ranked, cluster) =>
      ranked.length < 2
        ? []
        : pairOpinions(ranked)
            .filter(({ said }) => said.length > 1)
            .map(({ said }) => ({
              cluster,
              said: said.map(({ judgement, side }) => ({ annotatorId: judgement.annotatorId, side })),
            })),
  )
}
