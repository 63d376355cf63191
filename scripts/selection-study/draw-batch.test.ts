import { expect, test } from 'vitest'
import { drawIndices } from '#lib/ratings/philox.ts'
import { drawBatch } from './draw-batch.ts'

/** Numbers in [0, 1) by Philox: as many as are asked for, the same each time. */
function uniforms(seed: number): () => number {
  const values = new Int32Array(40_000)
  drawIndices(seed, 0, 0, 1 << 30, values)
  let next = 0
  return () => values[next++]! / 2 ** 30
}

test('the order is that of ln value + Gumbel noise', () => {
  // u = e⁻¹ has the noise −ln(−ln u) = 0, u = e^(−1/e) has 1: ln .5 + 1 = .307, ln 1 + 0 = 0, ln .9 + 0 = −.105.
  const noise = [Math.exp(-1 / Math.E), Math.exp(-1), Math.exp(-1)].values()
  expect(drawBatch([0.5, 1, 0.9], 3, () => noise.next().value!)).toEqual([0, 1, 2])
})

test('the first is drawn as often as its share of the value', () => {
  const random = uniforms(1)
  const draws = 10_000
  const first = [0, 0, 0]
  for (let i = 0; i < draws; i++) first[drawBatch([1, 2, 5], 1, random)[0]!]!++
  // The standard error of a share is at most √(¼ / 10 000) = .005.
  for (const [i, share] of [1 / 8, 2 / 8, 5 / 8].entries())
    expect(Math.abs(first[i]! / draws - share)).toBeLessThan(0.02)
})

test('nothing is drawn twice, what is worth nothing comes last, and there may be fewer than asked for', () => {
  const drawn = drawBatch([0, 0.1, 0, 3, 1], 9, uniforms(2))
  expect(drawn.slice(0, 3).toSorted()).toEqual([1, 3, 4])
  expect(drawn.slice(3)).toEqual([0, 2])
  expect(drawBatch([], 3, Math.random)).toEqual([])
})

test('values below 0 or not finite are refused', () => {
  expect(() => drawBatch([1, -1], 1, uniforms(3))).toThrow('the value of candidate 1 is -1')
  expect(() => drawBatch([Number.NaN], 1, uniforms(3))).toThrow('the value of candidate 0 is NaN')
})
