import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forgetSessions, knownSession } from './known-sessions.ts'

const ada = { userId: 'u1', name: 'Ada', email: 'ada@example.com' }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  forgetSessions()
})
afterEach(() => vi.useRealTimers())

test('a session found is not looked up again for ten seconds', async () => {
  const look = vi.fn(async () => ada)
  await knownSession('session=a', look)
  vi.advanceTimersByTime(9_999)
  expect(await knownSession('session=a', look)).toEqual(ada)
  expect(look).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1)
  await knownSession('session=a', look)
  expect(look).toHaveBeenCalledTimes(2)
})

test('a session that is not there is looked up every time, and another cookie is another session', async () => {
  const look = vi.fn(async () => null)
  await knownSession('session=b', look)
  expect(await knownSession('session=b', look)).toBeNull()
  expect(look).toHaveBeenCalledTimes(2)
  expect(await knownSession('session=b', async () => ada)).toEqual(ada)
  expect(await knownSession('session=c', look)).toBeNull()
})

test('forgetting is at once', async () => {
  await knownSession('session=a', async () => ada)
  forgetSessions()
  expect(await knownSession('session=a', async () => null)).toBeNull()
})
