import { describe, expect, it } from 'vitest'
import { arrayWithExactContents, isErrorLike, matchers } from './matchers.ts'
import { restoreSpies, type Spy, spyOn, takeSpies } from './spies.ts'

const holds = (matcher: string, actual: unknown, ...expected: unknown[]) =>
  matchers[matcher]!(actual, ...expected)

const throws = (value: unknown) => () => {
  throw value
}

describe("Jasmine's matchers", () => {
  it.each<[string, unknown, unknown[], boolean]>([
    ['toBe', 1, [1], true],
    ['toBe', Number.NaN, [Number.NaN], false],
    ['toBe', [], [[]], false],
    ['toEqual', [1, { a: [2] }], [[1, { a: [2] }]], true],
    ['toEqual', Number.NaN, [Number.NaN], true],
    ['toEqual', 0, [-0], false],
    ['toEqual', { a: undefined }, [{}], false],
    ['toEqual', new Float32Array([1, 2]), [new Float32Array([1, 3])], false],
    ['toEqual', new Float32Array([1]), [[1]], false],
    ['toEqual', [2, 1], [arrayWithExactContents([1, 2])], true],
    ['toEqual', [2, 2], [arrayWithExactContents([1, 2])], false],
    ['toBeTrue', 1, [], false],
    ['toBeTruthy', 1, [], true],
    ['toBeFalsy', null, [], true],
    ['toBeUndefined', null, [], false],
    ['toBeLessThan', 1, [1], false],
    ['toBeLessThanOrEqual', 1, [1], true],
    ['toBeGreaterThan', Number.NaN, [1], false],
    ['toBeCloseTo', 1.0049, [1], true],
    ['toBeCloseTo', 1.0056, [1], false],
    ['toBeCloseTo', 1.04, [1, 1], true],
    ['toBeCloseTo', Number.NaN, [1], false],
    ['toContain', 'abc', ['bd'], false],
    ['toContain', [[1]], [[1]], true],
    ['toMatch', 'abc', [/^b/], false],
    ['toThrow', throws(1), [], true],
    ['toThrow', throws(1), [2], false],
    ['toThrow', () => 1, [], false],
    ['toThrowError', throws(new Error('abc')), [], true],
    ['toThrowError', throws('abc'), [], false],
    ['toThrowError', throws(new Error('abc')), [/b/], true],
    ['toThrowError', throws(new Error('abc')), ['b'], false],
    ['toThrowError', throws(new Error('abc')), ['abc'], true],
    ['toThrowError', throws(new Error('abc')), [TypeError], false],
    ['toThrowError', throws(new TypeError('abc')), [TypeError, /d/], false],
    ['toThrowError', () => 1, [], false],
  ])('%s of %o with %o is %s', (matcher, actual, expected, outcome) => {
    expect(holds(matcher, actual, ...expected)).toBe(outcome)
  })

  it('take an error of a subclass for one of its class', () => {
    expect(isErrorLike(new RangeError('x'), [Error, 'x'])).toBe(true)
  })
})

describe("Jasmine's spies", () => {
  const greeter = () => ({ greet: (name: unknown) => `hello ${name}` })

  it('do nothing until told otherwise and remember their calls', () => {
    const object = greeter()
    const spy: Spy = spyOn(object, 'greet')
    expect(object.greet('a')).toBeUndefined()
    spy.and.callThrough()
    expect(object.greet('b')).toBe('hello b')
    spy.and.returnValue(3)
    expect(object.greet('c')).toBe(3)
    expect(spy.calls.count()).toBe(3)
    expect(spy.calls.first()?.args).toEqual(['a'])
    expect(holds('toHaveBeenCalledWith', spy, 'c')).toBe(true)
    expect(holds('toHaveBeenCalledWith', spy, 'd')).toBe(false)
    restoreSpies()
    expect(object.greet('e')).toBe('hello e')
    expect(spy.calls.count()).toBe(3)
  })

  it('outlive the tests when their suite takes them', () => {
    const object = greeter()
    spyOn(object, 'greet').and.callFake(() => 1)
    const restore = takeSpies()
    restoreSpies()
    expect(object.greet('a')).toBe(1)
    restore()
    expect(object.greet('a')).toBe('hello a')
  })

  it('refuse what is no method', () => {
    expect(() => spyOn({ name: 'x' }, 'name')).toThrow('no method')
  })
})
