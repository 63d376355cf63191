import { expect, it } from 'vitest'
import { createStepStore } from '../../../charts/step-store.ts'
import { alarmsOf } from './alarms.ts'

const storeOf = (...metrics: Record<string, number>[]) => {
  const store = createStepStore()
  store.add(metrics.map((one, step) => ({ step, metrics: one })))
  return store
}

it('a KL well over its target is an alarm, one that swings around it is not', () => {
  expect(alarmsOf(storeOf({ 'objective/kl': 12 }), 6).map(({ title }) => title)).toEqual([
    'KL is 12.0 nats, over its target of 6.',
  ])
  expect(alarmsOf(storeOf({ 'objective/kl': 12 }, { 'objective/kl': 7 }), 6)).toEqual([])
  expect(alarmsOf(storeOf({ 'objective/kl': 12 }), undefined)).toEqual([])
})

it('a negative KL and a collapsed entropy are alarms', () => {
  const store = storeOf({ 'objective/entropy': 40 }, { 'objective/entropy': 5, 'objective/kl': -3 })
  expect(alarmsOf(store, 6)).toHaveLength(2)
})
