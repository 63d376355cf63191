import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastRows, predictingRows, startsOf, sumRows, takeRows, truncateAtEos } from './masks.ts'

const lengths = fc.array(fc.nat(5), { minLength: 1, maxLength: 8 })
const shuffled = (count: number) =>
  fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count })
/** Lengths of rows, packed values, and an order of the rows. */
const packed = lengths.chain((rows) =>
  fc.record({
    lengths: fc.constant(rows),
    values: fc
      .array(fc.integer({ min: -99, max: 99 }), {
        minLength: startsOf(rows).at(-1)!,
        maxLength: startsOf(rows).at(-1)!,
      })
      .map((values) => Float32Array.from(values)),
    order: shuffled(rows.length),
  }),
)
const inOrder = <T>(items: ArrayLike<T>, order: readonly number[]) => order.map((row) => items[row]!)

test('rows taken in an order and then in its inverse are what they were', () => {
  fc.assert(
    fc.property(packed, ({ lengths, values, order }) => {
      const starts = startsOf(lengths)
      const inverse = order.map((_, row) => order.indexOf(row))
      const moved = takeRows(values, starts, order)
      const back = takeRows(moved, startsOf(inOrder(lengths, order)), inverse)
      expect([...back]).toEqual([...values])
      expect([...takeRows(values, starts, [...lengths.keys()])]).toEqual([...values])
    }),
  )
})

test('sums of rows in another order are the sums in that order', () => {
  fc.assert(
    fc.property(packed, ({ lengths, values, order }) => {
      const starts = startsOf(lengths)
      const moved = sumRows(takeRows(values, starts, order), startsOf(inOrder(lengths, order)))
      expect([...moved]).toEqual(inOrder(sumRows(values, starts), order))
    }),
  )
})

test('taking rows of rows taken is taking them at once', () => {
  fc.assert(
    fc.property(packed, fc.infiniteStream(fc.nat(999)), ({ lengths, values, order }, numbers) => {
      const some = order.slice(0, Math.ceil(order.length / 2))
      const among = [...numbers.take(3)].map((number) => number % some.length)
      const once = takeRows(values, startsOf(lengths), inOrder(some, among))
      const first = takeRows(values, startsOf(lengths), some)
      expect([...takeRows(first, startsOf(inOrder(lengths, some)), among)]).toEqual([...once])
    }),
  )
})

test('a response cut at its EOS is cut no further, and has one EOS at most', () => {
  const EOS = 1
  fc.assert(
    fc.property(fc.array(fc.nat(3)), (response) => {
      const cut = truncateAtEos(response, EOS)
      expect(truncateAtEos(cut.tokens, EOS)).toEqual(cut)
      expect(cut.tokens.filter((token) => token === EOS)).toHaveLength(cut.finished ? 1 : 0)
      expect(response.slice(0, cut.tokens.length)).toEqual(cut.tokens)
      // What is cut off begins behind an EOS.
      if (cut.tokens.length < response.length) expect(cut.tokens.at(-1)).toBe(EOS)
    }),
  )
})

test('more padding moves the places of a row by whole rows, never within one', () => {
  const row = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(6))
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), fc.nat(5), (rows, extra) => {
      const [queries, responses] = [rows.map(([query]) => query), rows.map(([, response]) => response)]
      const whole = rows.map(([query, response]) => query + response)
      const width = Math.max(...whole)
      const starts = startsOf(responses)
      const narrow = predictingRows(queries, responses, width)
      const wide = predictingRows(queries, responses, width + extra)
      rows.forEach((_, index) => {
        for (let at = starts[index]!; at < starts[index + 1]!; at++)
          expect(wide[at]! - narrow[at]!).toBe(index * extra)
      })
      expect([...lastRows(whole, width + extra)]).toEqual(
        [...lastRows(whole, width)].map((place, index) => place + index * extra),
      )
      // No place predicts two tokens.
      expect(new Set(wide).size).toBe(wide.length)
    }),
  )
})
