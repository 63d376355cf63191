import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromBfloats, toBfloats, toHalves } from './halves.ts'

const bits = (value: number) => toBfloats(Float32Array.of(value), 'w')[0]!

it('rounds to the nearest bf16, ties to even', () => {
  // bf16 has 8 places of mantissa: 1 is 0x3f80, the next 1 + 2⁻⁷.
  expect(bits(1)).toBe(0x3f80)
  expect(bits(1 + 2 ** -8)).toBe(0x3f80) // a tie, to the even one below
  expect(bits(1 + 3 * 2 ** -8)).toBe(0x3f82) // a tie, to the even one above
  expect(bits(1 + 2 ** -8 + 2 ** -20)).toBe(0x3f81)
  expect(bits(-(1 + 2 ** -8 + 2 ** -20))).toBe(0xbf81)
  expect([bits(Infinity), bits(-Infinity), bits(-0)]).toEqual([0x7f80, 0xff80, 0x8000])
  expect(fromBfloats(toBfloats(Float32Array.of(NaN), 'w'))[0]).toBeNaN()
})

it('takes every finite bf16 as itself, and any number to one within half a place', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((i) => (i & 0x7f80) !== 0x7f80)
  expect(toBfloats(fromBfloats(all), 'w')).toEqual(all)
  fc.assert(
    fc.property(
      fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 127), max: 2 ** 127 }),
      (value) => {
        const [rounded] = fromBfloats(toBfloats(Float32Array.of(value), 'w'))
        // Half of 2⁻⁷ of the value, or half of the smallest subnormal, 2⁻¹³³.
        expect(Math.abs(rounded! - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -8, 2 ** -134))
      },
    ),
  )
})

it('refuses what neither form can hold, naming the tensor', () => {
  expect(() => toHalves(Float32Array.of(1, 70000), 'h.0.w')).toThrow(
    /tensor h.0.w holds 70000, more than fp16 can/,
  )
  expect(() => toBfloats(Float32Array.of(3.4e38), 'h.0.w')).toThrow(/h.0.w holds .* bf16/)
  expect(toHalves(Float32Array.of(65504, Infinity), 'w')[1]).toBe(Infinity)
})
