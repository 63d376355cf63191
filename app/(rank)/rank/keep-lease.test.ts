import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { allGivenBack, giveBack, keepLeases } from './keep-lease.ts'

const lost = (...ids: string[]) => ({
  error: { code: 'LEASE_LOST', message: `You no longer hold ${ids.join(', ')}.`, hint: 'Take the next one.' },
})
let page: EventTarget
let answer: (response: Response) => void

beforeEach(() => {
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  vi.stubGlobal('document', page)
  vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (answer = resolve)))
})
afterEach(() => vi.unstubAllGlobals())

const settled = () => new Promise((resolve) => setImmediate(resolve))
const wake = () => page.dispatchEvent(new Event('visibilitychange'))

test('a renewal that is refused tells which leases are lost', async () => {
  const onResult = vi.fn()
  const keeper = keepLeases('ann', () => ['a', 'b'], onResult)
  wake()
  answer(Response.json(lost('b'), { status: 409 }))
  await settled()
  expect(onResult.mock.calls).toEqual([[['b']]])
  keeper.end()
})

test('a renewal tells nothing of an assignment that is done when its answer comes', async () => {
  const onResult = vi.fn()
  let held = ['a', 'b']
  const keeper = keepLeases('ann', () => held, onResult)
  wake()
  held = ['b']
  answer(Response.json(lost('a'), { status: 409 }))
  await settled()
  expect(onResult.mock.calls).toEqual([[[]]])
  keeper.end()
})

test.each([409, 200])('a renewal answered %i after the queue is left says nothing', async (status) => {
  const onResult = vi.fn()
  const keeper = keepLeases('ann', () => ['a'], onResult)
  wake()
  keeper.end()
  answer(Response.json(lost('a'), { status }))
  await settled()
  expect(onResult).not.toHaveBeenCalled()
})

test('a failing server loses no lease', async () => {
  const onResult = vi.fn()
  const keeper = keepLeases('ann', () => ['a'], onResult)
  wake()
  answer(new Response('', { status: 502 }))
  await settled()
  expect(onResult).not.toHaveBeenCalled()
  keeper.end()
})

test('the leases are looked after when the last word on them is old, and only then', () => {
  vi.useFakeTimers()
  const fetching = vi.fn(() => new Promise<Response>(() => {}))
  vi.stubGlobal('fetch', fetching)
  const keeper = keepLeases('ann', () => ['a'], vi.fn())
  keeper.check()
  expect(fetching).not.toHaveBeenCalled()
  vi.setSystemTime(Date.now() + 120_000)
  keeper.check()
  expect(fetching).toHaveBeenCalledOnce()
  expect(fetching).toHaveBeenCalledWith(
    '/api/queue/renew',
    expect.objectContaining({ headers: expect.objectContaining({ 'x-whetstone-annotator': 'ann' }) }),
  )
  keeper.end()
  vi.useRealTimers()
})

test('whoever is about to claim can wait until what was given back has gone', async () => {
  void giveBack('ann', 'a')
  const first = answer
  void giveBack('ann', 'b')
  let gone = false
  void allGivenBack().then(() => {
    gone = true
  })
  first(new Response(null, { status: 204 }))
  await settled()
  expect(gone).toBe(false)
  answer(new Response(null, { status: 204 }))
  await settled()
  expect(gone).toBe(true)
})
