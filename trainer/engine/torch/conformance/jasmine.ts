import * as vitest from 'vitest'
import { arrayWithExactContents, describeFailure, isErrorLike, matchers } from './matchers.ts'
import { restoreSpies, spyOn, takeSpies } from './spies.ts'

interface Done {
  (): void
  fail(reason?: unknown): void
}

type Body = ((done: Done) => unknown) | (() => unknown)

/** What decides about a test by its full name. */
export interface Judge {
  /** Why the test is not to run; undefined lets it. */
  leaveOut(fullName: string): string | undefined
  /** Called before the test; what it returns is called after it. */
  begin(): () => Verdict
}

interface Verdict {
  /** Why the test says nothing about the engine, passed or failed. */
  moot?: string
  /** What is wrong, where the test's own expectations may all have held. */
  fault?: string
}

const timeout = 60_000
let failures: Error[] = []
const path: string[] = []

/**
 * Defines the globals of Jasmine that the tests of TensorFlow.js use, on top of Vitest: each of their tests becomes one
 * of Vitest's. As in Jasmine, an expectation that fails does not end its test.
 */
export function defineJasmine(judge: Judge): void {
  Object.assign(globalThis, {
    describe: (name: string, body: () => void) => vitest.describe(name, () => within(name, body)),
    xdescribe: (name: string, body: () => void) => vitest.describe.skip(name, () => within(name, body)),
    it: (name: string, body: Body) => defineTest(judge, name, body),
    xit: (name: string) => vitest.it.skip(name),
    beforeAll: setUpSuite,
    afterAll: (body: Body) => vitest.afterAll(hook(body), timeout),
    beforeEach: (body: Body) => vitest.beforeEach(hook(body), timeout),
    afterEach: (body: Body) => vitest.afterEach(hook(body), timeout),
    expect,
    expectAsync,
    spyOn,
    jasmine: { DEFAULT_TIMEOUT_INTERVAL: timeout, arrayWithExactContents },
  })
  vitest.afterEach(restoreSpies)
}

function within(name: string, body: () => void): void {
  path.push(name)
  try {
    body()
  } finally {
    path.pop()
  }
}

function defineTest(judge: Judge, name: string, body: Body): void {
  const fullName = [...path, name].join(' ')
  const reason = judge.leaveOut(fullName)
  if (reason) {
    vitest.it.skip(`${name} (${reason})`)
    return
  }
  vitest.it(
    name,
    async (context) => {
      const end = judge.begin()
      let thrown: unknown
      let threw = false
      try {
        await call(body)
      } catch (error) {
        thrown = error
        threw = true
      }
      const found = failures
      failures = []
      const { moot, fault } = end()
      if (moot) context.skip(moot)
      if (threw) throw thrown
      if (fault) found.push(new Error(fault))
      if (found.length === 1) throw found[0]
      if (found.length > 1) throw new AggregateError(found, found.map(String).join('\n'))
    },
    timeout,
  )
}

function setUpSuite(body: Body): void {
  let restore: () => void
  vitest.beforeAll(async () => {
    await call(body)
    restore = takeSpies()
  }, timeout)
  vitest.afterAll(() => restore())
}

function hook(body: Body): () => Promise<void> {
  // What a hook returns is no clean-up function, as Vitest would take it to be.
  return async () => {
    await call(body)
  }
}

function call(body: Body): unknown {
  if (body.length === 0) return (body as () => unknown)()
  return new Promise<void>((resolve, reject) => {
    const done: Done = Object.assign(() => resolve(), {
      fail: (reason?: unknown) =>
        reject(reason instanceof Error ? reason : new Error(`done.fail(${reason ?? ''})`)),
    })
    // A body that takes `done` and also returns a promise fails by either.
    Promise.resolve(body(done)).catch(reject)
  })
}

interface Expectation {
  actual: unknown
  negated: boolean
}

const checks = Object.fromEntries(
  Object.entries(matchers).map(([name, matches]) => [
    name,
    function (this: Expectation, ...expected: unknown[]) {
      if (matches(this.actual, ...expected) !== this.negated) return
      failures.push(new Error(describeFailure(name, this.negated, this.actual, expected)))
    },
  ]),
)

function expect(actual?: unknown) {
  return { actual, negated: false, ...checks, not: { actual, negated: true, ...checks } }
}

function expectAsync(promise: Promise<unknown>): Record<string, unknown> {
  return {
    toBeRejectedWithError: async (...expected: unknown[]) => {
      const outcome = await promise.then(
        () => ({ rejected: false, value: undefined }),
        (value: unknown) => ({ rejected: true, value }),
      )
      if (!outcome.rejected || !isErrorLike(outcome.value, expected)) {
        failures.push(new Error(describeFailure('toBeRejectedWithError', false, outcome, expected)))
      }
    },
  }
}
