import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleTokens } from './sampling.ts'

const key = { seed: 1, step: 0, position: 0 }
const plain = { temperature: 1, topK: 0, topP: 1 }

/** The same logits in `count` rows, drawn once each. */
function drawMany(
  logits: number[],
  count: number,
  filter: { temperature: number; topK?: number; topP?: number },
) {
  const all = new Float32Array(count * logits.length)
  for (let row = 0; row < count; row++) all.set(logits, row * logits.length)
  return sampleTokens(all, { ...key, rows: Array.from({ length: count }, (_, i) => i), ...filter })
}

describe('sampling', () => {
  it('draws every token as often as its probability says', () => {
    const probabilities = [0.5, 0.3, 0.15, 0.05]
    const count = 20_000
    const { tokens, logProbs } = drawMany(probabilities.map(Math.log), count, plain)
    for (const [token, p] of probabilities.entries()) {
      const share = tokens.filter((drawn) => drawn === token).length / count
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / count))
    }
    expect(logProbs[0]).toBeCloseTo(Math.log(probabilities[tokens[0]!]!), 5)
  })

  it('divides the logits by the temperature, in the draw and in the log-probability', () => {
    const { tokens, logProbs } = drawMany([0, 1], 1, { temperature: 0.5 })
    // softmax([0, 2]) = [0.1192, 0.8808]
    expect(logProbs[0]).toBeCloseTo(Math.log([0.119203, 0.880797][tokens[0]!]!), 5)
  })

  it('takes the likeliest token at temperature 0', () => {
    const { tokens, logProbs } = drawMany([0, 3, 1], 10, { temperature: 0 })
    expect(new Set(tokens)).toEqual(new Set([1]))
    expect(logProbs[0]).toBe(0)
  })

  it('keeps only the k likeliest with top-k, and renormalises', () => {
    const { tokens, logProbs } = drawMany([0.4, 0.1, 0.3, 0.2].map(Math.log), 500, {
      temperature: 1,
      topK: 2,
    })
    expect(new Set(tokens)).toEqual(new Set([0, 2]))
    // 0.4 and 0.3 of 0.7
    expect(logProbs[0]).toBeCloseTo(Math.log(tokens[0] === 0 ? 4 / 7 : 3 / 7), 5)
  })

  it('keeps the smallest likely set with top-p, at least one token', () => {
    const logits = [0.5, 0.3, 0.15, 0.05].map(Math.log)
    expect(new Set(drawMany(logits, 500, { temperature: 1, topP: 0.7 }).tokens)).toEqual(new Set([0, 1]))
    expect(new Set(drawMany(logits, 500, { temperature: 1, topP: 0.01 }).tokens)).toEqual(new Set([0]))
  })

  it('keeps what is as likely as the k-th with top-k, and of equals the first with top-p', () => {
    const ties = [1, 2, 1, 1, 0]
    expect(new Set(drawMany(ties, 500, { temperature: 1, topK: 2 }).tokens)).toEqual(new Set([0, 1, 2, 3]))
    // e, 1, 1, 1 and 1/e of 6.086: e + 1 is 0.61 of it, e + 2 is 0.78
    expect(new Set(drawMany(ties, 500, { temperature: 1, topP: 0.7 }).tokens)).toEqual(new Set([0, 1, 2]))
    expect(drawMany([1, 3, 3], 1, { temperature: 0 }).tokens[0]).toBe(1)
  })

  it('does not depend on the order of the rows', () => {
    const logits = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(logits, (values) => {
        const [a, b] = [values.slice(0, 6), values.slice(6)]
        const forth = sampleTokens(Float32Array.from([...a, ...b]), { ...key, ...plain, rows: [3, 9] })
        const back = sampleTokens(Float32Array.from([...b, ...a]), { ...key, ...plain, rows: [9, 3] })
        expect(Array.from(back.tokens)).toEqual(Array.from(forth.tokens).reverse())
        expect(Array.from(back.logProbs)).toEqual(Array.from(forth.logProbs).reverse())
      }),
    )
  })

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY]])('refuses a row that holds %s', (value) => {
    for (const temperature of [0, 1]) {
      expect(() => drawMany([0, value, 1], 1, { temperature })).toThrow(/row 0 .*not finite/)
    }
  })
})
