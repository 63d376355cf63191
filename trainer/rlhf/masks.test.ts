import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastRows, predictingRows, startsOf, sumRows, takeRows, truncateAtEos } from './masks.ts'

const EOS = 1

test('a response ends with its first EOS', () => {
  expect(truncateAtEos([5, 6, EOS, 7, EOS], EOS)).toEqual({ tokens: [5, 6, EOS], finished: true })
  expect(truncateAtEos([EOS], EOS)).toEqual({ tokens: [EOS], finished: true })
  expect(truncateAtEos([5, 6], EOS)).toEqual({ tokens: [5, 6], finished: false })
})

test('whatever follows the first EOS changes nothing', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 2, max: 9 })),
      fc.array(fc.integer({ min: 0, max: 9 })),
      (before, after) => {
        expect(truncateAtEos([...before, EOS, ...after], EOS)).toEqual({
          tokens: [...before, EOS],
          finished: true,
        })
      },
    ),
  )
})

test('a response token is predicted by the position before it', () => {
  // Width 5: q q r r pad → positions 1, 2; q q q r pad → position 2 of the second row, 5 + 2 = 7.
  expect([...predictingRows([2, 3], [2, 1], 5)]).toEqual([1, 2, 7])
  // The score of a sequence is read at its last token.
  expect([...lastRows([4, 4], 5)]).toEqual([3, 8])
})

const rowsOfLengths = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })), {
  minLength: 1,
  maxLength: 8,
})

test('no predicting row is padding, whatever the lengths and the padding', () => {
  fc.assert(
    fc.property(rowsOfLengths, fc.integer({ min: 0, max: 4 }), (lengths, padding) => {
      const queries = lengths.map(([query]) => query)
      const responses = lengths.map(([, response]) => response)
      const width = Math.max(...lengths.map(([query, response]) => query + response)) + padding
      const rows = predictingRows(queries, responses, width)
      const starts = startsOf(responses)
      expect(rows.length).toBe(starts.at(-1))
      lengths.forEach(([query, response], row) => {
        const own = [...rows.subarray(starts[row]!, starts[row + 1]!)]
        expect(own).toEqual(Array.from({ length: response }, (_, t) => row * width + query - 1 + t))
        // The last token itself predicts nothing that was sampled.
        expect(own.at(-1)).toBe(
          lastRows(
            lengths.map(([q, r]) => q + r),
            width,
          )[row]! - 1,
        )
      })
    }),
  )
})

test('taking rows keeps each row whole', () => {
  const starts = startsOf([2, 0, 3])
  const values = Float32Array.of(1, 2, 3, 4, 5)
  expect([...starts]).toEqual([0, 2, 2, 5])
  expect([...takeRows(values, starts, [2, 0])]).toEqual([3, 4, 5, 1, 2])
  expect([...sumRows(values, starts)]).toEqual([3, 0, 12])
})

test('the sum over any division into micro-batches is the sum over the batch', () => {
  fc.assert(
    fc.property(rowsOfLengths, fc.integer({ min: 1, max: 8 }), (lengths, size) => {
      const starts = startsOf(lengths.map(([, response]) => response))
      const values = Float32Array.from({ length: starts.at(-1)! }, (_, i) => i)
      let sum = 0
      for (let row = 0; row < lengths.length; row += size) {
        const rows = lengths.slice(row, row + size).map((_, i) => row + i)
        sum += takeRows(values, starts, rows).reduce((total, value) => total + value, 0)
      }
      expect(sum).toBe((values.length * (values.length - 1)) / 2)
    }),
  )
})
