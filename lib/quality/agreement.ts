import { placesIn, rankingTau } from '../ratings/answer-key.ts'
import { type ClusteredShare, clusteredShare } from '../ratings/clustered-share.ts'
import { bootstrapSums, type Estimate } from '../ratings/interval.ts'
import { cohenKappa, fleissKappa, fleissUnit } from '../ratings/kappa.ts'
import { alphaOf, coincidencesOf } from '../ratings/krippendorff.ts'
import { type Judgement, listOf, type PairOpinions, pairOpinions } from './judgements.ts'

/**
 * Of comparisons that at least two annotators ranked. The intervals of α, κ and τ are by resampling comparisons; that of `agreement` is
 * Wilson's at the effective number of pairs.
 */
export interface AgreementFigures {
  /** Comparisons with two completions that two annotators or more ranked. */
  comparisons: number
  /** Krippendorff's α over pairs of completions; 'tie' is a verdict like the other two. */
  alpha: Estimate | null
  /** The same where a tie is half a disagreement (α's interval level over −1, 0, 1). */
  alphaGraded: Estimate | null
  fleissKappa: Estimate | null
  /** Mean τ_b of two rankings of three completions or more. */
  tau: Estimate | null
  /** Of the pairs of completions that two annotators ordered strictly, the share ordered alike; ½ is chance. */
  agreement: ClusteredShare | null
}

const seed = 1
const directions = [-1, 0, 1]
const grades = [-4, -3, -2, -1, 0, 1, 2, 3, 4]

// A unit's vector: coincidences [3 × 3], Fleiss [1, P, three shares], [pairs, alike], [τs, their sum].
const fleissAt = 9
const alikeAt = 14
const tauAt = 16
const width = 18

/** How much the annotators of these rankings agree. */
export function agreementFigures(judgements: readonly Judgement[]): AgreementFigures {
  const ranked = [...Map.groupBy(judgements, ({ comparisonId }) => comparisonId).values()]
  return figuresOf(ranked.map(unitOf))
}

/** How much each annotator agrees with the others, all pairs of the annotator with another taken together. */
export function agreementByAnnotator(judgements: readonly Judgement[]): Map<string, AgreementFigures> {
  const units = new Map<string, Float64Array[]>()
  for (const ranked of Map.groupBy(judgements, ({ comparisonId }) => comparisonId).values()) {
    if (ranked.length < 2) continue
    const sums = ranked.map(() => new Float64Array(width))
    ranked.forEach((one, i) => {
      for (let j = i + 1; j < ranked.length; j++) {
        const unit = unitOf([one, ranked[j]!])
        for (const sum of [sums[i]!, sums[j]!]) for (let at = 0; at < width; at++) sum[at]! += unit[at]!
      }
    })
    for (const [i, { annotatorId }] of ranked.entries()) listOf(units, annotatorId).push(sums[i]!)
  }
  return new Map([...units].map(([id, own]) => [id, figuresOf(own)]))
}

function figuresOf(all: Float64Array[]): AgreementFigures {
  const units = all.filter((unit) => unit[fleissAt]! > 0)
  const found = bootstrapSums(
    units,
    {
      alpha: (sums) => alphaOf(sums.subarray(0, fleissAt), 'nominal', directions),
      alphaGraded: (sums) => alphaOf(sums.subarray(0, fleissAt), 'interval', directions),
      fleissKappa: (sums) => fleissKappa(sums.subarray(fleissAt, alikeAt)),
      tau: (sums) => sums[tauAt + 1]! / sums[tauAt]!,
    },
    { seed },
  )
  const agreement = clusteredShare(
    units.map((unit) => ({ credit: unit[alikeAt + 1]!, weight: unit[alikeAt]! })),
  )
  return { comparisons: units.length, ...found, agreement }
}

/** What was computed for these judgements before, by the first of them: the same comparison is in a batch, in tags and in a period. */
const knownUnits = new WeakMap<Judgement, { ranked: readonly Judgement[]; unit: Float64Array }>()

/** What one comparison adds. Not to be changed. */
function unitOf(ranked: readonly Judgement[]): Float64Array {
  const known = knownUnits.get(ranked[0]!)
  if (known?.ranked.length === ranked.length && ranked.every((each, i) => each === known.ranked[i]))
    return known.unit
  const unit = countUnit(ranked)
  knownUnits.set(ranked[0]!, { ranked, unit })
  return unit
}

/**
 * What one comparison adds. Which completion of a pair is first says nothing, so each pair counts half as it
 * is and half the other way round: then chance cannot profit from how the pairs happen to be turned.
 */
function countUnit(ranked: readonly Judgement[]): Float64Array {
  const unit = new Float64Array(width)
  if (ranked.length < 2) return unit
  for (const { said } of pairOpinions(ranked)) {
    const sides = said.map(({ side }) => side)
    const matrix = coincidencesOf(sides, 3)
    for (let i = 0; i < 9; i++) unit[i]! += (matrix[i]! + matrix[8 - i]!) / 2
    const counts = [0, 0, 0]
    for (const side of sides) counts[side]!++
    const fleiss = fleissUnit(counts)
    unit[fleissAt]! += fleiss[0]!
    unit[fleissAt + 1]! += fleiss[1]!
    for (let side = 0; side < 3; side++)
      unit[fleissAt + 2 + side]! += (fleiss[2 + side]! + fleiss[4 - side]!) / 2
    const [second, , first] = counts as [number, number, number]
    unit[alikeAt]! += choose2(first + second)
    unit[alikeAt + 1]! += choose2(first) + choose2(second)
  }
  const places = ranked.map(({ groups }) => placesIn(groups))
  places.forEach((one, index) => {
    for (const other of places.slice(index + 1)) {
      const tau = rankingTau(one, other)
      if (tau === null) continue
      unit[tauAt]! += 1
      unit[tauAt + 1]! += tau
    }
  })
  return unit
}

const choose2 = (n: number) => (n * (n - 1)) / 2

/**
 * Krippendorff's ordinal α of graded verdicts, −4 (the second is significantly better) … 4; null without grades. The interval is by
 * resampling pairs of completions, not comparisons.
 */
export function gradeAgreement(judgements: readonly Judgement[]): Estimate | null {
  const size = grades.length
  const units: Float64Array[] = []
  for (const ranked of Map.groupBy(judgements, ({ comparisonId }) => comparisonId).values()) {
    const graded = ranked.filter(({ strength, groups }) => strength !== null || groups.length === 1)
    if (graded.length < 2) continue
    for (const pair of pairOpinions(graded)) {
      const said = pair.said.map(({ judgement, side }) => 4 + (side - 1) * (judgement.strength ?? 0))
      const matrix = coincidencesOf(said, size)
      units.push(matrix.map((value, i) => (value + matrix[matrix.length - 1 - i]!) / 2))
    }
  }
  return bootstrapSums(units, { grades: (sums: Float64Array) => alphaOf(sums, 'ordinal', grades) }, { seed })
    .grades
}

export interface PairAgreement {
  /** Ids, in order. */
  a: string
  b: string
  agreement: ClusteredShare | null
  /** Over pairs of completions, a tie being a verdict like the other two; the interval by resampling comparisons. */
  cohenKappa: Estimate | null
}

/** Every two annotators who ranked a comparison in common. */
export function agreementOfTwo(judgements: readonly Judgement[]): PairAgreement[] {
  const units = new Map<string, Float64Array[]>()
  for (const ranked of Map.groupBy(judgements, ({ comparisonId }) => comparisonId).values()) {
    const sorted = ranked.toSorted((x, y) => (x.annotatorId < y.annotatorId ? -1 : 1))
    sorted.forEach((one, index) => {
      for (const other of sorted.slice(index + 1)) {
        const shared = pairOpinions([one, other]).filter(({ said }) => said.length === 2)
        if (shared.length === 0) continue
        listOf(units, `${one.annotatorId} ${other.annotatorId}`).push(confusionOf(shared))
      }
    })
  }
  return [...units].map(([key, own]) => {
    const [a, b] = key.split(' ') as [string, string]
    const alike = own.map((unit) => {
      const credit = unit[0]! + unit[8]!
      return { credit, weight: credit + unit[2]! + unit[6]! }
    })
    return {
      a,
      b,
      agreement: clusteredShare(alike),
      ...bootstrapSums(own, { cohenKappa: (sums) => cohenKappa(sums, 3) }, { seed, resamples: 1000 }),
    }
  })
}

/** [3 × 3] of two annotators, each pair half as it is and half the other way round. */
function confusionOf(pairs: PairOpinions<Judgement>[]): Float64Array {
  const confusion = new Float64Array(9)
  for (const { said } of pairs) {
    const cell = said[0]!.side * 3 + said[1]!.side
    confusion[cell]! += 0.5
    confusion[8 - cell]! += 0.5
  }
  return confusion
}
