import { expect, it } from 'vitest'
import { accuracyWords, besideWords, slicesOf, temperatureWords } from './report-words.ts'

const share = (pairs: number, pairCount = 10) => ({ pairs, low: pairs - 0.1, high: pairs + 0.1, pairCount })
const report = {
  comparisons: 10,
  pairs: 20,
  ties: 0,
  accuracy: { ...share(0.8), comparisons: 0.7, comparisonCount: 10 },
  byStrength: { 1: share(0.6), 4: share(0.9), ungraded: share(0.8) },
  byLength: { 'longer chosen': share(0.9), 'shorter chosen': share(0.5) },
  byLengthDifference: { terciles: [3, 9], accuracy: { '1 small': share(0.6), '2 middle': share(0.7) } },
  byAnnotator: { u1: share(0.7, 4), u2: share(0.8, 16), gone: share(0.5, 1) },
  calibration: { ece: 0.05, logLoss: 0.5, bins: [], temperature: 1.3 },
}

it('accuracy is told with its interval', () => {
  expect(accuracyWords({ pairs: 0.784, low: 0.7, high: 0.853 })).toBe('78 % [70, 85]')
})

it('slices have words for names, the annotator with most pairs first, and who left is not an id', () => {
  const slices = slicesOf(report, { u1: 'Ann', u2: 'Ben' })
  expect(slices.map(({ rows }) => rows.map(({ name }) => name))).toEqual([
    ['1, negligibly better', '4, significantly better', 'Not graded'],
    ['The longer was chosen', 'The shorter was chosen', 'Under 3 tokens apart', '3 to 8 tokens apart'],
    ['Ben', 'Ann', 'Somebody who left'],
  ])
  expect(slicesOf({ ...report, byAnnotator: {} }, {}).map(({ title }) => title)).not.toContain('By annotator')
})

it('a temperature is told as too sure or not sure enough', () => {
  expect(temperatureWords(1.3)).toMatch(/^Too sure: .* 1\.3 /)
  expect(temperatureWords(0.5)).toMatch(/^Not sure enough/)
  expect(temperatureWords(1)).toMatch(/^About as sure/)
  expect(temperatureWords(null)).toMatch(/^No temperature/)
})

it('ties and the spread of the heads are told where there are such', () => {
  expect(besideWords({ loss: 'bradley-terry', heads: 1, heldOut: report })).not.toMatch(/tie|heads/)
  const uncertainty = { mean: 0.4, ofRight: 0.3, ofWrong: 0.5 }
  const words = besideWords({ loss: 'davidson', heads: 5, heldOut: { ...report, ties: 2, uncertainty } })
  expect(words).toMatch(/2 ties are left out.*5 heads are 0\.3 apart .* 0\.5/)
})
