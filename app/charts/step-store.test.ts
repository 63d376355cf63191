import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStepStore, type StepRow, summarise } from './step-store.ts'

const row = (step: number, metrics: Record<string, number> = { loss: step }): StepRow => ({ step, metrics })

describe('the steps of a run', () => {
  it('leave a gap where a metric is not reported', () => {
    const store = createStepStore()
    store.add([row(1, { loss: 3 }), row(2, { loss: 2, 'eval/loss': 5 }), row(3, { loss: 1 })])
    expect(store.column('loss')).toEqual([3, 2, 1])
    expect(store.column('eval/loss')).toEqual([null, 5, null])
    expect(store.column('unheard')).toEqual([])
  })

  it('come out ascending and once, in whatever order and however often they come in', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(30), { maxLength: 10 }), { maxLength: 10 }), (batches) => {
        const store = createStepStore()
        for (const batch of batches) store.add(batch.map((step) => row(step)))
        const expected = [...new Set(batches.flat())].sort((a, b) => a - b)
        expect(store.steps).toEqual(expected)
        expect(store.column('loss')).toEqual(expected)
      }),
    )
  })

  it('are forgotten after the one a run went back to, and come again as they are then', () => {
    const store = createStepStore()
    store.add([row(1), row(2), row(3), row(4)])
    store.cut(2)
    expect(store.steps).toEqual([1, 2])
    expect(store.column('loss')).toEqual([1, 2])
    store.add([row(3, { loss: 30 })])
    expect(store.column('loss')).toEqual([1, 2, 30])
    store.cut(9)
    expect(store.version()).toBe(3)
  })

  it('tell those who listen of news, and only of news', () => {
    const store = createStepStore()
    let told = 0
    const stop = store.subscribe(() => told++)
    store.add([row(1), row(2)])
    store.add([row(2)])
    stop()
    store.add([row(3)])
    expect(told).toBe(1)
    expect(store.version()).toBe(2)
  })
})

it('a column is summed up by its ends and extremes', () => {
  expect(summarise([null, 2, 5, null, 1, 4, null])).toEqual({ first: 2, last: 4, lowest: 1, highest: 5 })
  expect(summarise([null])).toBeNull()
})
