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
  // Each pair also the other way round, so that neither side is favoured.
  const labels = pairs.flatMap(({ said }, item) =>
    said.flatMap(({ annotatorId, side }) => [
      { item: 2 * item, annotator: place.get(annotatorId)!, label: side as number },
      { item: 2 * item + 1, annotator: place.get(annotatorId)!, label: 2 - side },
    ]),
  )
  const size = { items: 2 * pairs.length, annotators: ids.length, classes: 3 }
  const { confusion } = dawidSkene(labels, size, { smoothing: 0.5, tolerance: 1e-4, limit: 200 })
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
