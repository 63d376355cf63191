import { type Interval, wilsonInterval } from './wilson.ts'

/** What one item adds to a share: `credit` of `weight`, as 4.5 of its 6 pairs. */
export interface ShareUnit {
  credit: number
  weight: number
}

export interface ClusteredShare extends Interval {
  /** Σ credit / Σ weight. */
  rate: number
  /** Σ weight: pairs. */
  n: number
  /** Units with a weight above 0. */
  items: number
}

/**
 * A share of pairs that come in items, with its 95 % interval: Wilson's at the effective number of pairs p(1 − p)/v, v being the variance of
 * the ratio between items (linearised, times m/(m − 1)), since the pairs of one item are not independent. The effective number is at
 * least 1 and at most the number of pairs; where no item differs from another it is the number of items. Null of no pairs.
 * Sources: L. Kish (1965), Survey sampling (design effect); Korn & Graubard (1998), Confidence intervals for proportions with small expected
 * number of positive counts estimated from survey data; with Wilson's interval in Dean & Pagano (2015), Evaluating confidence interval
 * methods for binomial proportions in clustered surveys.
 */
export function clusteredShare(units: Iterable<ShareUnit>): ClusteredShare | null {
  let n = 0
  let credit = 0
  const kept: ShareUnit[] = []
  for (const unit of units) {
    if (unit.weight <= 0) continue
    kept.push(unit)
    n += unit.weight
    credit += unit.credit
  }
  if (n === 0) return null
  const items = kept.length
  const rate = credit / n
  let squares = 0
  for (const unit of kept) squares += (unit.credit - rate * unit.weight) ** 2
  const variance = items > 1 ? ((items / (items - 1)) * squares) / n ** 2 : 0
  const effective = variance < 1e-15 ? items : Math.min(n, Math.max(1, (rate * (1 - rate)) / variance))
  return { rate, ...wilsonInterval(rate * effective, effective), n, items }
}

type Rate = Interval & { rate: number }

/**
 * One share less another of other items, with the 95 % interval that their own intervals give: Newcombe's hybrid score method.
 * Source: R. G. Newcombe (1998), Interval estimation for the difference between independent proportions, method 10.
 */
export function shareDifference(one: Rate, other: Rate): { value: number; low: number; high: number } {
  const value = one.rate - other.rate
  return {
    value,
    low: value - Math.hypot(one.rate - one.low, other.high - other.rate),
    high: value + Math.hypot(one.high - one.rate, other.rate - other.low),
  }
}
