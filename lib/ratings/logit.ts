import { invert } from './invert.ts'
import { z95 } from './normal.ts'

export interface LogitObservation {
  /** The regressors; put a 1 among them for an intercept. */
  x: readonly number[]
  y: 0 | 1
  /** Observations of one cluster need not be independent; without it each stands for itself. */
  cluster?: string
}

export interface Coefficient {
  value: number
  standardError: number
  low: number
  high: number
}

/**
 * Logistic regression by Newton's method, with the sandwich estimate of the covariance clustered as the
 * observations say, times G/(G − 1) · (n − 1)/(n − p), and 95 % Wald intervals. Null where there is no finite
 * estimate: too few clusters, regressors that depend on each other, or outcomes that the regressors separate.
 * Sources: Liang & Zeger (1986), Longitudinal data analysis using generalized linear models; the factor is
 * Stata's.
 */
export function logit(observations: readonly LogitObservation[]): Coefficient[] | null {
  const size = observations[0]?.x.length ?? 0
  const clusters = Map.groupBy(
    observations.map((observation, index) => ({ ...observation, key: observation.cluster ?? index })),
    ({ key }) => key,
  )
  const n = observations.length
  if (size === 0 || clusters.size < 2 || n <= size) return null
  const beta = new Array<number>(size).fill(0)
  for (let step = 0; step < 50; step++) {
    const gradient = new Array<number>(size).fill(0)
    for (const { x, y } of observations) {
      const residual = y - sigmoid(dot(x, beta))
      for (let i = 0; i < size; i++) gradient[i]! += residual * x[i]!
    }
    const inverse = invert(information(observations, beta))
    if (!inverse) return null
    const move = inverse.map((row) => dot(row, gradient))
    for (let i = 0; i < size; i++) beta[i]! += move[i]!
    if (!beta.every((value) => Math.abs(value) < 50)) return null
    if (move.every((value) => Math.abs(value) < 1e-10))
      return coefficients(beta, inverse, [...clusters.values()], n)
  }
  return null
}

function coefficients(
  beta: number[],
  inverse: number[][],
  clusters: LogitObservation[][],
  n: number,
): Coefficient[] | null {
  const size = beta.length
  const middle = zeros(size)
  for (const members of clusters) {
    const score = new Array<number>(size).fill(0)
    for (const { x, y } of members) {
      const residual = y - sigmoid(dot(x, beta))
      for (let i = 0; i < size; i++) score[i]! += residual * x[i]!
    }
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) middle[i]![j]! += score[i]! * score[j]!
  }
  const factor = (clusters.length / (clusters.length - 1)) * ((n - 1) / (n - size))
  return beta.map((value, i) => {
    let variance = 0
    for (let j = 0; j < size; j++)
      for (let k = 0; k < size; k++) variance += inverse[i]![j]! * middle[j]![k]! * inverse[k]![i]!
    const standardError = Math.sqrt(variance * factor)
    return { value, standardError, low: value - z95 * standardError, high: value + z95 * standardError }
  })
}

function information(observations: readonly LogitObservation[], beta: number[]): number[][] {
  const matrix = zeros(beta.length)
  for (const { x } of observations) {
    const p = sigmoid(dot(x, beta))
    for (let i = 0; i < beta.length; i++)
      for (let j = 0; j < beta.length; j++) matrix[i]![j]! += p * (1 - p) * x[i]! * x[j]!
  }
  return matrix
}

const zeros = (size: number) => Array.from({ length: size }, () => new Array<number>(size).fill(0))
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0)
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
