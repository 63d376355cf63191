import { expect, it } from 'vitest'
import { createStepStore } from '../../../charts/step-store.ts'
import { alarmsOf, endingsOf, guardAlarms } from './alarms.ts'

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

const kl = (step: number) => ({ kind: 'guard/kl', step, message: 'the KL is 21 nats, its budget 20' })

it('each guard says once what it last said', () => {
  expect(guardAlarms([kl(3), { kind: 'rollback', step: 2, message: 'x' }, kl(9)])).toEqual([
    expect.objectContaining({ title: 'The KL guard, step 9: the KL is 21 nats, its budget 20.' }),
  ])
})

it('a stop by a guard is told with its reason and the step that was kept, a roll-back with where it went', () => {
  const summary = { steps: 8, stoppedBy: 'guard/kl', stoppedAt: 9, stopReason: kl(9).message }
  expect(endingsOf(summary, [])).toEqual([
    {
      title: 'Ended by the KL guard at step 9: the KL is 21 nats, its budget 20.',
      detail: 'What it made is the policy of step 8, the last checkpoint before the alarm.',
    },
  ])
  const back = { kind: 'rollback', step: 4, message: 'the loss is NaN at step 6' }
  expect(endingsOf({ steps: 9, rolledBack: 'x' }, [back])[0]!.title).toContain('went back to step 4')
  expect(endingsOf({ steps: 9 }, [])).toEqual([])
})
