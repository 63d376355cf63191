import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gae } from './gae.ts'
import { startsOf } from './masks.ts'

test('advantages and returns of a response of three tokens', () => {
  // γ 1, λ .5; r = 0 0 1, V = .5 .2 .4
  // δ_2 = 1 + 0 − .4 = .6            A_2 = .6
  // δ_1 = 0 + .4 − .2 = .2           A_1 = .2 + .5·.6 = .5
  // δ_0 = 0 + .2 − .5 = −.3          A_0 = −.3 + .5·.5 = −.05
  const { advantages, returns } = gae(
    Float32Array.of(0, 0, 1),
    Float32Array.of(0.5, 0.2, 0.4),
    startsOf([3]),
    {
      gamma: 1,
      lambda: 0.5,
    },
  )
  expect(advantages[0]).toBeCloseTo(-0.05, 6)
  expect(advantages[1]).toBeCloseTo(0.5, 6)
  expect(advantages[2]).toBeCloseTo(0.6, 6)
  expect(returns[0]).toBeCloseTo(0.45, 6)
  expect(returns[1]).toBeCloseTo(0.7, 6)
  expect(returns[2]).toBeCloseTo(1, 6)
})

const token = fc.tuple(fc.float({ min: -5, max: 5, noNaN: true }), fc.float({ min: -5, max: 5, noNaN: true }))
const responses = fc.array(fc.array(token, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 })
const factor = fc.float({ min: 0, max: 1, noNaN: true })

test('the packed pass is the sum of discounted temporal differences of each response alone', () => {
  fc.assert(
    fc.property(responses, factor, factor, (rows, gamma, lambda) => {
      const starts = startsOf(rows.map((row) => row.length))
      const flat = rows.flat()
      const rewards = Float32Array.from(flat, ([reward]) => reward)
      const values = Float32Array.from(flat, ([, value]) => value)
      const { advantages, returns } = gae(rewards, values, starts, { gamma, lambda })
      rows.forEach((row, index) => {
        const delta = row.map(([reward, value], t) => reward + gamma * (row[t + 1]?.[1] ?? 0) - value)
        for (let t = 0; t < row.length; t++) {
          let sum = 0
          for (let l = 0; t + l < row.length; l++) sum += (gamma * lambda) ** l * delta[t + l]!
          const place = starts[index]! + t
          expect(advantages[place]).toBeCloseTo(sum, 3)
          expect(returns[place]).toBeCloseTo(sum + row[t]![1], 3)
        }
      })
    }),
  )
})

test('with γ = λ = 1 a return is the sum of the rewards still to come', () => {
  fc.assert(
    fc.property(responses, (rows) => {
      const flat = rows.flat()
      const rewards = Float32Array.from(flat, ([reward]) => reward)
      const { returns } = gae(
        rewards,
        Float32Array.from(flat, ([, value]) => value),
        startsOf(rows.map((row) => row.length)),
        {
          gamma: 1,
          lambda: 1,
        },
      )
      let place = 0
      for (const row of rows)
        for (let t = 0; t < row.length; t++)
          expect(returns[place++]).toBeCloseTo(
            row.slice(t).reduce((sum, [reward]) => sum + reward, 0),
            3,
          )
    }),
  )
})
