import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gae } from './gae.ts'
import { klPerToken } from './kl.ts'
import { startsOf, sumRows, takeRows } from './masks.ts'
import { addPolicyTokens, emptySums, passMetrics, rolloutMetrics } from './metrics.ts'
import { tokenRewards } from './rewards.ts'
import { moments, whiten } from './whiten.ts'

const number = fc.float({ min: -4, max: 4, noNaN: true, noDefaultInfinity: true })
const token = fc.record({ logProb: number, reference: number, value: number, entropy: number })
const rollout = fc
  .array(
    fc.record({
      tokens: fc.array(token, { minLength: 1, maxLength: 5 }),
      score: number,
      finished: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      order: fc.shuffledSubarray([...rows.keys()], { minLength: rows.length, maxLength: rows.length }),
    }),
  )
type Row = {
  tokens: Record<'logProb' | 'reference' | 'value' | 'entropy', number>[]
  score: number
  finished: boolean
}

const options = { gamma: 0.9, lambda: 0.8 }
const beta = 0.3

/** What PPO makes of a rollout before it learns from it (recipes/ppo.ts, 5 to 7). */
function measure(rows: readonly Row[]) {
  const starts = startsOf(rows.map(({ tokens }) => tokens.length))
  const pack = (name: keyof Row['tokens'][number]) =>
    Float32Array.from(rows.flatMap(({ tokens }) => tokens.map((each) => each[name])))
  const scores = Float32Array.from(rows, ({ score }) => score)
  const kl = klPerToken(pack('logProb'), pack('reference'), 'k1')
  const rewards = tokenRewards(kl, scores, starts, beta)
  const values = pack('value')
  const { advantages, returns } = gae(rewards, values, starts, options)
  const metrics = rolloutMetrics({
    ...{ kl, penalty: kl, entropy: pack('entropy'), values, returns, starts, scores, beta },
    finished: rows.map(({ finished }) => finished),
  })
  return { starts, scores, kl, rewards, advantages, returns, metrics }
}

test('rows in another order have their own rewards, advantages and returns, and the batch its measures', () => {
  fc.assert(
    fc.property(rollout, ({ rows, order }) => {
      const before = measure(rows)
      const after = measure(order.map((row) => rows[row]!))
      for (const name of ['kl', 'rewards', 'advantages', 'returns'] as const)
        expect([...after[name]]).toEqual([...takeRows(before[name], before.starts, order)])
      const whitened = takeRows(whiten(before.advantages, { shiftMean: true }), before.starts, order)
      whiten(after.advantages, { shiftMean: true }).forEach((value, i) => {
        expect(value).toBeCloseTo(whitened[i]!, 4)
      })
      // Of a share of a variance near 0 only the leading digits are the same.
      for (const [name, value] of Object.entries(before.metrics))
        expect(Math.abs(after.metrics[name]! - value), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)))
    }),
  )
})

test('the rewards of a response sum to its score less β times its KL', () => {
  fc.assert(
    fc.property(rollout, ({ rows }) => {
      const { starts, scores, kl, rewards } = measure(rows)
      const sums = sumRows(kl, starts)
      sumRows(rewards, starts).forEach((sum, row) => {
        expect(sum).toBeCloseTo(scores[row]! - beta * sums[row]!, 4)
      })
    }),
  )
})

test('advantages are linear in rewards and values together', () => {
  fc.assert(
    fc.property(rollout, fc.float({ min: -3, max: 3, noNaN: true }), ({ rows }, factor) => {
      const { starts, rewards, advantages } = measure(rows)
      const values = Float32Array.from(rows.flatMap(({ tokens }) => tokens.map(({ value }) => value)))
      const scaled = gae(
        rewards.map((each) => factor * each),
        values.map((each) => factor * each),
        starts,
        options,
      )
      scaled.advantages.forEach((value, i) => {
        expect(value).toBeCloseTo(factor * advantages[i]!, 3)
      })
    }),
  )
})

test('k2 and k3 are never negative, and k1 changes its sign with its sides', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { minLength: 1 }), (pairs) => {
      const own = Float32Array.from(pairs, ([first]) => first)
      const other = Float32Array.from(pairs, ([, second]) => second)
      for (const estimator of ['k2', 'k3'] as const) {
        expect(Math.min(...klPerToken(own, other, estimator))).toBeGreaterThanOrEqual(0)
        expect([...klPerToken(own, own, estimator)]).toEqual(pairs.map(() => 0))
      }
      const back = klPerToken(other, own, 'k1')
      klPerToken(own, other, 'k1').forEach((value, i) => {
        expect(value + back[i]!).toBe(0)
      })
    }),
  )
})

test('whitening does not see by how much all values were moved or stretched', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 20 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: -20, max: 20 }),
      (numbers, stretch, move) => {
        fc.pre(new Set(numbers).size > 1)
        const plain = whiten(Float32Array.from(numbers), { shiftMean: true })
        const moved = Float32Array.from(numbers, (value) => stretch * value + move)
        whiten(moved, { shiftMean: true }).forEach((value, i) => {
          expect(value).toBeCloseTo(plain[i]!, 4)
        })
        // With the mean added back only the deviation is another.
        expect(moments(whiten(moved, { shiftMean: false })).mean).toBeCloseTo(moments(moved).mean, 3)
      },
    ),
  )
})

test('the measures of passes are the same in whatever parts and order their tokens came', () => {
  const part = fc.tuple(number, number, number)
  const clamps = { clipRange: 0.2, logRatioClamp: 20 }
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      (tokens, size) => {
        const measuresOf = (all: typeof tokens, step: number) => {
          const sums = emptySums()
          for (let at = 0; at < all.length; at += step) {
            const own = all.slice(at, at + step)
            const [logProbs, old, entropy] = [0, 1, 2].map((i) => own.map((each) => each[i as 0]!))
            addPolicyTokens(sums, logProbs!, old!, entropy!, clamps)
          }
          return passMetrics(sums)
        }
        const whole = measuresOf(tokens, tokens.length)
        for (const [name, value] of Object.entries(measuresOf(tokens.toReversed(), size)))
          expect(Math.abs(value - whole[name]!), name).toBeLessThanOrEqual(
            1e-9 * Math.max(1, Math.abs(value)),
          )
      },
    ),
  )
})
