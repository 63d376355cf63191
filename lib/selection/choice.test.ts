import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseBatch } from './choose-batch.ts'
import { chooseSet } from './choose-set.ts'
import { kCenter } from './coverage.ts'
import { textFeatures } from './features.ts'
import { pairValue } from './pair-value.ts'

const logit = (p: number) => Math.log(p / (1 - p))
const scores = fc.double({ min: -20, max: 20, noNaN: true })
const headPair = fc.array(fc.tuple(scores, scores), { minLength: 2, maxLength: 8 })
const point = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map((values) => Float32Array.from(values, (value) => value / Math.max(1, Math.hypot(...values))))
const points = fc.array(point, { minLength: 1, maxLength: 25 })

describe('the value of a pair', () => {
  test('two heads that hold 90 % and 10 % disagree by .4 and tell .531 bits', () => {
    const [a, b] = [
      [logit(0.9), logit(0.1)],
      [0, 0],
    ]
    // √(((.9 − .5)² + (.1 − .5)²) / 2) = .4
    expect(pairValue(a, b, 'disagreement')).toBeCloseTo(0.4, 12)
    // H(.5) − H(.9) = 1 − (.9·.152003 + .1·3.321928) = 1 − .468996
    expect(pairValue(a, b, 'information')).toBeCloseTo(0.531004, 6)
  })

  test('heads that agree tell nothing, though all of them toss a coin', () => {
    expect(pairValue([1, 3], [1, 3], 'information')).toBe(0)
    expect(pairValue([1, 3], [1, 3], 'disagreement')).toBe(0)
  })

  test('heads 30 %, 50 %, 70 % are worth less than heads 10 %, 50 %, 90 %', () => {
    const near = [logit(0.3), 0, logit(0.7)]
    const far = [logit(0.1), 0, logit(0.9)]
    // √(2·.2² / 3) = .163299; 1 − (2·H(.3) + 1) / 3 = 1 − (2·.881291 + 1) / 3 = .079139
    expect(pairValue(near, [0, 0, 0], 'disagreement')).toBeCloseTo(0.163299, 6)
    expect(pairValue(near, [0, 0, 0], 'information')).toBeCloseTo(0.079139, 6)
    expect(pairValue(far, [0, 0, 0], 'information')).toBeGreaterThan(0.35)
  })

  test('one head has entropy alone, and no disagreement', () => {
    // σ(ln 3) = .75; H(.75) = .811278 bits
    expect(pairValue([Math.log(3)], [0], 'information')).toBeCloseTo(0.811278, 6)
    expect(() => pairValue([1], [0], 'disagreement')).toThrow('one head cannot disagree')
  })

  test('scores that are not finite or not of the same heads are refused', () => {
    expect(() => pairValue([1, Number.NaN], [0, 0], 'information')).toThrow('head 1 scores NaN and 0')
    expect(() => pairValue([1, 2], [0], 'information')).toThrow('2 and 1 scores')
  })

  test('it lies between 0 and its maximum, and neither swapping the sides nor shifting a head changes it', () => {
    fc.assert(
      fc.property(headPair, scores, (pairs, shift) => {
        const a = pairs.map(([own]) => own)
        const b = pairs.map(([, own]) => own)
        for (const [by, most] of [
          ['disagreement', 0.5],
          ['information', 1],
        ] as const) {
          const value = pairValue(a, b, by)
          expect(value).toBeGreaterThanOrEqual(0)
          expect(value).toBeLessThanOrEqual(most)
          expect(pairValue(b, a, by)).toBeCloseTo(value, 9)
          const shifted = [a, b].map((own) => own.map((score, head) => score + (head === 0 ? shift : 0)))
          expect(pairValue(shifted[0]!, shifted[1]!, by)).toBeCloseTo(value, 9)
        }
      }),
    )
  })
})

describe('the set of completions', () => {
  // Head 2 calls completion 2 far better than head 1 does; completions 0 and 1 are alike for both, 3 a little apart.
  const heads = [
    [0, 0],
    [0, 0],
    [-2, 2],
    [0.5, -0.5],
  ]

  test('begins with the pair that the heads dispute most', () => {
    const { chosen, value } = chooseSet(heads, 2, 'disagreement')
    // σ(−2.5) = .075858, σ(2.5) = .924142: deviation .424142
    expect(chosen).toEqual([2, 3])
    expect(value).toBeCloseTo(0.424142, 6)
  })

  test('adds the completion whose pairs with the chosen are worth most, and tells the mean over pairs', () => {
    const { chosen, value } = chooseSet(heads, 3, 'disagreement')
    // to 0 from 2: σ(±2), deviation .380797; from 3: σ(±.5), deviation .122459; (.424142 + .380797 + .122459) / 3
    expect(chosen).toEqual([2, 3, 0])
    expect(value).toBeCloseTo(0.309133, 6)
    expect(chooseSet(heads, 4, 'information').chosen.toSorted()).toEqual([0, 1, 2, 3])
  })

  test('more completions than there are, or fewer than two, are refused', () => {
    expect(() => chooseSet(heads, 5, 'information')).toThrow('5 of 4 completions')
    expect(() => chooseSet(heads, 1, 'information')).toThrow('1 of 4 completions')
  })
})

describe('the features of a text', () => {
  test('have length 1, whatever the language, and none where there is no word', () => {
    for (const text of ['Where is my parcel', 'お荷物はどこですか', 'où est mon colis ?', '7'])
      expect(Math.hypot(...textFeatures(text))).toBeCloseTo(1, 6)
    expect(Math.hypot(...textFeatures(' …!'))).toBe(0)
  })

  test('are nearer for texts that share words and their order', () => {
    const near = (a: string, b: string) =>
      Math.hypot(...textFeatures(a).map((x, i) => x - textFeatures(b)[i]!))
    const text = 'The parcel was sent on Monday'
    expect(near(text, 'the parcel was sent on monday!')).toBe(0)
    expect(near(text, 'The parcel was sent on Friday')).toBeLessThan(
      near(text, 'On Monday sent was parcel the'),
    )
    expect(near(text, 'On Monday sent was parcel the')).toBeLessThan(
      near(text, 'Please reset your password here'),
    )
    expect(near('荷物が届かない', '荷物が届いた')).toBeLessThan(near('荷物が届かない', '色が違います'))
  })
})

describe('k-center', () => {
  const line = [0, 0.125, 0.5, 0.75, 1].map((x) => Float32Array.of(x))

  test('goes to the farthest from what is covered, then to the farthest from both', () => {
    expect(kCenter(line, [Float32Array.of(0)], 2)).toEqual([
      { index: 4, distance: 1 },
      { index: 2, distance: 0.5 },
    ])
  })

  test('begins with the first where nothing is covered, and gives all where more are asked for', () => {
    expect(kCenter(line, [], 9).map(({ index }) => index)).toEqual([0, 4, 2, 3, 1])
    expect(kCenter(line, [], 1)).toEqual([{ index: 0, distance: 2 }])
    expect(kCenter([], line, 3)).toEqual([])
  })

  test('points of another dimension are refused', () => {
    expect(() => kCenter(line, [Float32Array.of(1, 0)], 1)).toThrow('a point of 2 numbers among those of 1')
  })

  test('chooses what measuring every distance every time would', () => {
    fc.assert(
      fc.property(points, fc.array(point, { maxLength: 5 }), fc.nat(30), (candidates, covered, count) => {
        const centres = [...covered]
        const left = new Set(candidates.keys())
        const expected: number[] = []
        while (expected.length < count && left.size > 0) {
          const nearest = (i: number) =>
            Math.min(
              2,
              ...centres.map((centre) => Math.hypot(...centre.map((x, d) => x - candidates[i]![d]!))),
            )
          const most = Math.max(...[...left].map(nearest))
          const next = [...left].find((i) => nearest(i) >= most - 1e-12)!
          left.delete(next)
          centres.push(candidates[next]!)
          expected.push(most)
        }
        const chosen = kCenter(candidates, covered, count)
        expect(new Set(chosen.map(({ index }) => index)).size).toBe(chosen.length)
        expect(chosen.length).toBe(expected.length)
        for (const [i, { distance }] of chosen.entries()) expect(distance).toBeCloseTo(expected[i]!, 6)
      }),
    )
  })
})

describe('the batch', () => {
  const at = (value: number, ...features: number[]) => ({ value, features: Float32Array.from(features) })

  test('takes the most valuable, then what is worth much and unlike it', () => {
    // After the first, .9 × |(1, 0) − (1, 0)| = 0 and .5 × √2 = .707.
    expect(chooseBatch([at(0.9, 1, 0), at(1, 1, 0), at(0.5, 0, 1)], 2)).toEqual([1, 2])
  })

  test('what is worth nothing comes last, and of equals the more valuable, then the first', () => {
    expect(chooseBatch([at(0, 0, 1), at(0.2, 1, 0), at(0.3, 1, 0), at(0.3, 1, 0)], 4)).toEqual([2, 3, 1, 0])
  })

  test('values below 0 or not finite are refused', () => {
    expect(() => chooseBatch([at(-1, 1, 0)], 1)).toThrow('the weight of point 0 is -1')
    expect(() => chooseBatch([at(Number.NaN, 1, 0)], 1)).toThrow('the weight of point 0 is NaN')
  })

  test('where all are equally far apart, it is the order of the values', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 8 }),
        (values) => {
          const candidates = values.map((value, i) => ({
            value,
            features: Float32Array.from(values, (_, j) => (i === j ? 1 : 0)),
          }))
          const sorted = [...values.keys()].sort((i, j) => values[j]! - values[i]!)
          expect(chooseBatch(candidates, values.length)).toEqual(sorted)
        },
      ),
    )
  })
})
