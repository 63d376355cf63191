import fc from 'fast-check'
import { expect, it } from 'vitest'
import { leftPad, rightPad } from './padding.ts'

const pad = 0
const sequence = fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 9 })

/** The places of one row where the mask is 1. */
const unmasked = (batch: { length: number; tokens: Int32Array }, mask: Float32Array, row: number) =>
  Array.from(batch.tokens.subarray(row * batch.length, (row + 1) * batch.length)).filter(
    (_, t) => mask[row * batch.length + t] === 1,
  )

it('left padding ends and right padding begins with the tokens; the mask picks exactly them', () => {
  fc.assert(
    fc.property(fc.array(sequence, { minLength: 1, maxLength: 5 }), fc.nat(3), (rows, extra) => {
      const length = Math.max(...rows.map((row) => row.length)) + extra
      for (const [row, tokens] of rows.entries()) {
        const left = leftPad(rows, pad, length)
        const right = rightPad(rows, pad, length)
        expect(Array.from(left.tokens.slice((row + 1) * length - tokens.length, (row + 1) * length))).toEqual(
          tokens,
        )
        expect(Array.from(right.tokens.slice(row * length, row * length + tokens.length))).toEqual(tokens)
        expect(unmasked(left, left.mask, row)).toEqual(tokens)
        expect(unmasked(right, right.mask, row)).toEqual(tokens)
      }
    }),
  )
})

it('refuses rows longer than the length asked for', () => {
  expect(() => leftPad([[1, 2, 3]], pad, 2)).toThrow('row 0 has 3 tokens, more than 2')
})
