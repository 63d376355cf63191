import { inspect, isDeepStrictEqual } from 'node:util'
import type { Spy } from './spies.ts'

type Matcher = (actual: unknown, ...expected: unknown[]) => boolean

interface Asymmetric {
  asymmetricMatch(actual: unknown): boolean
}

type Pattern = string | RegExp
type ErrorClass = new (...args: never[]) => Error

/** What the tests of TensorFlow.js use of Jasmine's matchers, with Jasmine's meaning (jasmine-core 3.1, src/core/matchers). */
export const matchers: Record<string, Matcher> = {
  nothing: () => true,
  toBe: (actual, expected) => actual === expected,
  toEqual: equal,
  toBeDefined: (actual) => actual !== undefined,
  toBeUndefined: (actual) => actual === undefined,
  toBeNull: (actual) => actual === null,
  toBeTrue: (actual) => actual === true,
  toBeFalse: (actual) => actual === false,
  toBeTruthy: (actual) => Boolean(actual),
  toBeFalsy: (actual) => !actual,
  toBeLessThan: (actual, expected) => (actual as number) < (expected as number),
  toBeLessThanOrEqual: (actual, expected) => (actual as number) <= (expected as number),
  toBeGreaterThan: (actual, expected) => (actual as number) > (expected as number),
  toBeGreaterThanOrEqual: (actual, expected) => (actual as number) >= (expected as number),
  toBeCloseTo: (actual, expected, precision = 2) =>
    close(actual as number, expected as number, precision as number),
  toBeInstanceOf: (actual, expected) => actual instanceof (expected as ErrorClass),
  toContain: (actual, expected) => contains(actual, expected),
  toMatch: (actual, expected) => new RegExp(expected as Pattern).test(actual as string),
  toThrow: (actual, ...expected) => {
    const thrown = thrownBy(actual)
    return thrown !== null && (expected.length === 0 || equal(thrown.value, expected[0]))
  },
  toThrowError: (actual, ...expected) => {
    const thrown = thrownBy(actual)
    return thrown !== null && isErrorLike(thrown.value, expected)
  },
  toHaveBeenCalled: (actual) => (actual as Spy).calls.count() > 0,
  toHaveBeenCalledTimes: (actual, times) => (actual as Spy).calls.count() === times,
  toHaveBeenCalledWith: (actual, ...args) =>
    (actual as Spy).calls.all().some((call) => equal(call.args, args)),
}

/** True for an Error of the class and message given, each where it is: [], [message], [class] or [class, message]. */
export function isErrorLike(value: unknown, expected: unknown[]): boolean {
  if (!(value instanceof Error)) return false
  const [kind, pattern] = typeof expected[0] === 'function' ? expected : [Error, expected[0]]
  if (!(value instanceof (kind as ErrorClass))) return false
  if (pattern === undefined || pattern === null) return true
  return pattern instanceof RegExp ? pattern.test(value.message) : value.message === pattern
}

/** The message of an expectation that failed. */
export function describeFailure(matcher: string, negated: boolean, actual: unknown, expected: unknown[]) {
  const wanted = expected.map((value) => inspect(value, { depth: 4 })).join(', ')
  const got =
    typeof actual === 'function' && matcher.startsWith('toThrow') ? outcomeOf(actual) : inspect(actual)
  return `expected ${got} ${negated ? 'not ' : ''}${matcher}(${wanted})`
}

/** jasmine.arrayWithExactContents: the same elements in any order. */
export function arrayWithExactContents(sample: unknown[]): Asymmetric {
  return {
    asymmetricMatch: (actual) =>
      Array.isArray(actual) &&
      actual.length === sample.length &&
      sample.every((value) => contains(actual, value)) &&
      actual.every((value) => contains(sample, value)),
  }
}

function equal(actual: unknown, expected: unknown): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual)
  return isDeepStrictEqual(actual, expected)
}

function isAsymmetric(value: unknown): value is Asymmetric {
  return typeof (value as Asymmetric | null)?.asymmetricMatch === 'function'
}

function contains(container: unknown, value: unknown): boolean {
  if (typeof container === 'string') return container.includes(value as string)
  return [...(container as Iterable<unknown>)].some((element) => equal(element, value))
}

function close(actual: number, expected: number, precision: number): boolean {
  if (typeof actual !== 'number' || typeof expected !== 'number') {
    throw new Error(`toBeCloseTo compares numbers, not ${inspect(actual)} and ${inspect(expected)}`)
  }
  if (actual === expected) return true
  const scale = 10 ** (precision + 1)
  return Math.round(Math.abs(expected - actual) * scale) / scale <= 10 ** -precision / 2
}

function thrownBy(actual: unknown): { value: unknown } | null {
  if (typeof actual !== 'function') throw new Error(`expected a function, got ${inspect(actual)}`)
  try {
    actual()
  } catch (value) {
    return { value }
  }
  return null
}

function outcomeOf(actual: unknown): string {
  const thrown = thrownBy(actual)
  return thrown ? `a function that throws ${String(thrown.value)}` : 'a function that throws nothing'
}
