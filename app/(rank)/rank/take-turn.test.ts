import { expect, test, vi } from 'vitest'
import { ApiError } from '../../ui/api.ts'
import { takeTurn } from './take-turn.ts'

const down = new ApiError({ code: 'INTERNAL', message: 'The server answered 502.', hint: 'Try again.' }, 502)

test('an answer that is refused stays unsent, and nothing is claimed', async () => {
  const claim = vi.fn()
  expect(await takeTurn(() => Promise.reject(down), claim)).toEqual({ reached: 'unsent', error: down })
  expect(claim).not.toHaveBeenCalled()
})

test('an answer whose following claim fails counts as stored, and the failure says so', async () => {
  const send = vi.fn().mockResolvedValue({})
  expect(await takeTurn(send, () => Promise.reject(down))).toEqual({
    reached: 'stored',
    failure: {
      code: 'INTERNAL',
      message: 'Your answer is saved, but the next comparison did not come. The server answered 502.',
      hint: 'Try again.',
    },
  })
  expect(send).toHaveBeenCalledOnce()
})

test('a stored answer leads to the next comparison', async () => {
  const turn = await takeTurn(
    () => Promise.resolve({}),
    () => Promise.resolve('the next'),
  )
  expect(turn).toEqual({ reached: 'next', claimed: 'the next' })
})
