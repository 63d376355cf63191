/** `annotator` put `winner` before `loser`: whole numbers from 0. A tie is both orders with weight ½. */
export interface Vote {
  annotator: number
  winner: number
  loser: number
  weight?: number
}

export interface CrowdBradleyTerry {
  /** [items], the virtual item being 0. */
  scores: number[]
  /**
   * [annotators]: P(an annotator says what the scores say, not its opposite). 1 always, ½ at random, 0 the
   * reverse.
   */
  reliabilities: number[]
  /** Log-posterior up to a constant. */
  objective: number
  iterations: number
}

/**
 * Bradley–Terry scores together with how reliable each annotator is: P(k: i > j) = η_k σ(s_i − s_j) + (1 −
 * η_k) σ(s_j − s_i), with each item once winning and once losing against a virtual one of score 0
 * (`regularisation` of such votes) and a Beta(a, b) prior on η. Fitted by EM over whether a vote says what it
 * meant; scores take one sweep of steps bounded by σ′ ≤ ¼ an iteration, so the objective never falls. Source:
 * Chen, Bennett, Collins-Thompson, Horvitz (2013), Pairwise ranking aggregation in a crowdsourced setting,
 * §3.
 */
export function crowdBradleyTerry(
  votes: readonly Vote[],
  { items, annotators }: { items: number; annotators: number },
  {
    regularisation = 0.5,
    beta = [10, 1] as readonly [a: number, b: number],
    tolerance = 1e-9,
    limit = 20_000,
  } = {},
): CrowdBradleyTerry {
  const scores = new Float64Array(items)
  const reliabilities = new Float64Array(annotators).fill(0.9)
  const meant = new Float64Array(votes.length)
  const byItem: number[][] = Array.from({ length: items }, () => [])
  for (const [index, { winner, loser }] of votes.entries()) {
    byItem[winner]!.push(index)
    byItem[loser]!.push(index)
  }
  for (let iterations = 1; ; iterations++) {
    for (const [index, { annotator, winner, loser }] of votes.entries()) {
      const p = sigmoid(scores[winner]! - scores[loser]!)
      const eta = reliabilities[annotator]!
      meant[index] = (eta * p) / (eta * p + (1 - eta) * (1 - p))
    }
    let change = fitReliabilities(votes, meant, reliabilities, beta)
    for (let item = 0; item < items; item++) {
      let gradient = regularisation * (1 - 2 * sigmoid(scores[item]!))
      let curvature = regularisation / 2
      for (const index of byItem[item]!) {
        const { winner, loser, weight = 1 } = votes[index]!
        // Σ g log σ(d) + (1 − g) log σ(−d) has the slope g − σ(d) in d.
        const slope = weight * (meant[index]! - sigmoid(scores[winner]! - scores[loser]!))
        gradient += item === winner ? slope : -slope
        curvature += weight / 4
      }
      if (curvature === 0) continue
      scores[item]! += gradient / curvature
      change = Math.max(change, Math.abs(gradient / curvature))
    }
    if (change < tolerance || iterations >= limit)
      return {
        scores: [...scores],
        reliabilities: [...reliabilities],
        objective: objectiveOf(votes, scores, reliabilities, regularisation, beta),
        iterations,
      }
  }
}

function fitReliabilities(
  votes: readonly Vote[],
  meant: Float64Array,
  reliabilities: Float64Array,
  [a, b]: readonly [number, number],
): number {
  const kept = new Float64Array(reliabilities.length).fill(a - 1)
  const all = new Float64Array(reliabilities.length).fill(a + b - 2)
  for (const [index, { annotator, weight = 1 }] of votes.entries()) {
    kept[annotator]! += weight * meant[index]!
    all[annotator]! += weight
  }
  let change = 0
  for (let k = 0; k < reliabilities.length; k++) {
    if (all[k] === 0) continue
    const next = kept[k]! / all[k]!
    change = Math.max(change, Math.abs(next - reliabilities[k]!))
    reliabilities[k] = next
  }
  return change
}

function objectiveOf(
  votes: readonly Vote[],
  scores: Float64Array,
  reliabilities: Float64Array,
  regularisation: number,
  [a, b]: readonly [number, number],
): number {
  let sum = 0
  for (const { annotator, winner, loser, weight = 1 } of votes) {
    const p = sigmoid(scores[winner]! - scores[loser]!)
    const eta = reliabilities[annotator]!
    sum += weight * Math.log(eta * p + (1 - eta) * (1 - p))
  }
  for (const score of scores) sum += regularisation * Math.log(sigmoid(score) * sigmoid(-score))
  for (const eta of reliabilities) {
    if (a !== 1) sum += (a - 1) * Math.log(eta)
    if (b !== 1) sum += (b - 1) * Math.log(1 - eta)
  }
  return sum
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
