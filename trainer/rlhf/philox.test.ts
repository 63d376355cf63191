import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normals, permutation, philox4x32, uniform } from './philox.ts'

describe('philox', () => {
  // Random123 1.14, tests/kat_vectors, lines "philox4x32 10": counter, key, result.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('agrees with the known answer for counter %j and key %j', ([a, b, c, d], [k0, k1], expected) => {
    const out = philox4x32(a!, b!, c!, d!, k0!, k1!, new Uint32Array(4))
    expect(Array.from(out)).toEqual(expected)
  })

  it('gives uniform numbers inside (0, 1) that differ in every part of the key', () => {
    const coordinates = fc.tuple(fc.nat(), fc.nat(2 ** 20), fc.nat(2 ** 20), fc.nat(2 ** 12))
    fc.assert(
      fc.property(coordinates, ([seed, step, row, position]) => {
        const value = uniform(seed, 'sampling', step, row, position)
        expect(value).toBeGreaterThan(0)
        expect(value).toBeLessThan(1)
        const others = [
          uniform(seed + 1, 'sampling', step, row, position),
          uniform(seed + 2 ** 32, 'sampling', step, row, position),
          uniform(seed, 'shuffle', step, row, position),
          uniform(seed, 'sampling', step + 1, row, position),
          uniform(seed, 'sampling', step, row + 1, position),
          uniform(seed, 'sampling', step, row, position + 1),
        ]
        expect(new Set([value, ...others]).size).toBe(7)
      }),
    )
  })

  it('gives normal numbers of the deviation asked for', () => {
    const values = normals(5, 'initialisation', 0, 40_001, 0.02)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    const beyond = values.filter((value) => Math.abs(value) > 0.04).length / values.length
    expect(Math.abs(mean)).toBeLessThan(0.0004) // 4 standard errors
    expect(deviation).toBeCloseTo(0.02, 3)
    expect(beyond).toBeCloseTo(0.0455, 2) // P(|z| > 2)
  })

  it('permutes: every number once, another order at another step', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(60), (seed, count) => {
        const sorted = permutation(seed, 0, count).toSorted()
        expect(Array.from(sorted)).toEqual(Array.from({ length: count }, (_, i) => i))
      }),
    )
    expect(permutation(1, 0, 50)).toEqual(permutation(1, 0, 50))
    expect(permutation(1, 0, 50)).not.toEqual(permutation(1, 1, 50))
  })
})
