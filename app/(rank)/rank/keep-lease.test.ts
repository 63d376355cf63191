import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepLease } from './keep-lease.ts'

const lost = { error: { code: 'LEASE_LOST', message: 'It went to others.', hint: 'Take the next one.' } }
let page: EventTarget
let answer: (response: Response) => void

beforeEach(() => {
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  vi.stubGlobal('document', page)
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (answer = resolve)))
})
afterEach(() => vi.unstubAllGlobals())

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a renewal that is refused tells that the lease is lost', async () => {
  const setLost = vi.fn()
  const end = keepLease('a', setLost)
  page.dispatchEvent(new Event('visibilitychange'))
  answer(Response.json(lost, { status: 409 }))
  await settled()
  expect(setLost.mock.calls).toEqual([[true]])
  end()
})

test.each([409, 200])('a renewal answered %i after its assignment is done says nothing', async (status) => {
  const setLost = vi.fn()
  const end = keepLease('a', setLost)
  page.dispatchEvent(new Event('visibilitychange'))
  end()
  answer(Response.json(lost, { status }))
  await settled()
  expect(setLost).not.toHaveBeenCalled()
})
