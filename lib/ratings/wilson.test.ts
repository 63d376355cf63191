import { expect, test } from 'vitest'
import { wilsonInterval } from './wilson.ts'

test("the interval is Wilson's", () => {
  // Newcombe (1998), Statistics in Medicine 17, table I, method 3.
  const rounded = (successes: number, trials: number) => {
    const { low, high } = wilsonInterval(successes, trials)
    return [low.toFixed(4), high.toFixed(4)]
  }
  expect(rounded(81, 263)).toEqual(['0.2553', '0.3662'])
  expect(rounded(15, 148)).toEqual(['0.0624', '0.1605'])
  expect(rounded(0, 20)).toEqual(['0.0000', '0.1611'])
  expect(rounded(1, 29)).toEqual(['0.0061', '0.1718'])
})

test('counts that cannot be are refused by value', () => {
  expect(() => wilsonInterval(1, 0)).toThrow('got 0')
  expect(() => wilsonInterval(5, 4)).toThrow('0 … 4, got 5')
})
