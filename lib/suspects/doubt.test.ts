import fc from 'fast-check'
import { expect, test } from 'vitest'
import { strongestDoubt } from './doubt.ts'

const logit = (p: number) => Math.log(p / (1 - p))
const scores = (values: Record<string, number[]>) => new Map(Object.entries(values))

test('two heads that hold 99 % and 97 % against an order do so with 98 % less their deviation', () => {
  const heads = scores({ a: [0, 0], b: [2 * logit(0.99), 2 * logit(0.97)] })
  // deviation √((.01² + .01²) / 1) = .014142
  expect(strongestDoubt([['a'], ['b']], heads, { scale: 2, least: 0.9 })).toEqual({
    better: 'a',
    worse: 'b',
    chance: expect.closeTo(0.98, 9),
    low: expect.closeTo(0.97, 9),
    high: expect.closeTo(0.99, 9),
    confidence: expect.closeTo(0.965858, 6),
  })
  expect(strongestDoubt([['b'], ['a']], heads, { scale: 2, least: 0.5 })).toBeNull()
})

test('heads that disagree about the contradiction take the confidence away', () => {
  const heads = scores({ a: [0, 0, 0], b: [9, 9, -3] })
  // p = .999877, .999877, .047426: mean .682393, deviation .549898
  expect(strongestDoubt([['a'], ['b']], heads, { scale: 1, least: 0.5 })).toBeNull()
  expect(strongestDoubt([['a'], ['b']], heads, { scale: 1, least: 0.1 })?.confidence).toBeCloseTo(0.132495, 6)
})

test('of a ranking the pair contradicted most is told; ties and completions without a score are not pairs', () => {
  const heads = scores({ a: [0], b: [3], c: [5], d: [9] })
  expect(strongestDoubt([['a', 'd'], ['b', 'x'], ['c']], heads, { scale: 1, least: 0.9 })).toMatchObject({
    better: 'a',
    worse: 'c',
    confidence: expect.closeTo(1 / (1 + Math.exp(-5)), 9),
  })
})

test('a hotter model is less sure, and never surer than its mean', () => {
  const head = fc.double({ min: -8, max: 8, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(head, { minLength: 1, maxLength: 6 }),
      fc.double({ min: 1, max: 9, noNaN: true }),
      (own, scale) => {
        const heads = scores({ a: own.map(() => 0), b: own })
        const at = (scale: number) =>
          strongestDoubt([['a'], ['b']], heads, { scale, least: Number.MIN_VALUE })
        const [sharp, hot] = [at(1), at(scale)]
        if (sharp) expect(sharp.confidence).toBeLessThanOrEqual(sharp.chance)
        if (own.length === 1 && own[0]! > 0) expect(hot!.confidence).toBeLessThanOrEqual(sharp!.confidence)
      },
    ),
  )
})
